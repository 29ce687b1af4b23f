"""visible_to(actor), held against the access rules written out once more in plain Python."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.team import Team
from financy_support.desk.people.user import User
from financy_support.desk.statement import Statement
from tests.conftest import NOON
from tests.make import make_ticket
from tickets.models import Escalation, Ticket
from tickets.querysets import Reach, reach_of

CUSTOMERS = ["ana", "ben", "bea", "dan", "dora"]
STAFF = ["tom", "tina", "theo", "tara", "sam", "ada", "eve", "monitor"]
a_ticket = st.fixed_dictionaries(
    {
        "customer": st.sampled_from(CUSTOMERS),
        "security": st.booleans(),
        "team": st.sampled_from(["customer_support", "technical_support", "engineering", "infrastructure", "security"]),
        "assignee": st.sampled_from([None, "tom", "tina", "theo", "tara", "sam"]),
        "escalated_by": st.sampled_from([None, "tom", "tina"]),
    }
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=st.lists(a_ticket, min_size=1, max_size=6), reads=st.booleans())
def test_everybody_sees_exactly_what_the_rules_say(cast, world, reads):
    made = [(facts, put(cast, facts)) for facts in world]
    cast.monitor.scopes = frozenset({"tickets:read"} if reads else ())
    for name in CUSTOMERS + STAFF:
        person = getattr(cast, name)
        actor = person if isinstance(person, User) else person.user
        mine = Ticket.objects.visible_to(actor).filter(pk__in=[ticket.pk for _, ticket in made])
        expected = {ticket.pk for facts, ticket in made if sees(name, facts, ticket, reads)}
        assert set(mine.values_list("pk", flat=True)) == expected, name
        assert len(mine) == len(expected), "each once"
        reach = reach_of(actor)
        kept = Statement(mine.model.objects.visible_to(Reach.places(reach.sight)).values("pk")).rows(**reach.ids)
        assert {row["pk"] for row in kept} & {ticket.pk for _, ticket in made} == expected, f"{name}, SQL written once"


@pytest.mark.parametrize("nobody", [AnonymousUser(), None, "tom"])
def test_nobody_unnamed_sees_anything(cast, nobody):
    make_ticket(cast.ana)
    assert not Ticket.objects.visible_to(nobody).exists()


def test_a_deactivated_person_sees_nothing(cast):
    make_ticket(cast.ana)
    for person in (cast.ada, cast.tom, cast.ana.user):
        person.is_active = False
        assert not Ticket.objects.visible_to(person).exists()


def sees(name: str, facts: dict, ticket: Ticket, tool_reads: bool) -> bool:
    if name == "ada":
        return True
    if name == "eve":
        return False
    if name == "monitor":
        return tool_reads and not facts["security"]
    if name in CUSTOMERS:
        own = facts["customer"] == name
        colleagues = {name, facts["customer"]} == {"ben", "bea"}  # their firm shares, that of dan and dora does not
        return own or (colleagues and not facts["security"])
    in_team = {"tom": "customer_support", "tina": "technical_support", "theo": "engineering", "tara": "infrastructure",
               "sam": "security"}[name] == facts["team"]  # fmt: skip
    tier = {"tom": 1, "tina": 2, "theo": 3, "tara": 4, "sam": 3}[name]
    if facts["assignee"] == name:
        return True
    if facts["security"]:
        return name == "sam"
    return in_team or ticket.tier_id <= tier or facts["escalated_by"] == name


def put(cast, facts: dict) -> Ticket:
    """A ticket in any place, also such as the verbs would not make."""
    ticket = make_ticket(getattr(cast, facts["customer"]))
    team = Team.objects.get(slug=facts["team"])
    with acting(by=cast.ada, channel="test"):
        Ticket.objects.filter(pk=ticket.pk).update(
            team=team, tier=team.tier_id, is_security=facts["security"],
            assignee=getattr(cast, facts["assignee"]) if facts["assignee"] else None,
        )  # fmt: skip
        if facts["escalated_by"]:
            Escalation.objects.create(
                ticket=ticket, kind="manual", from_tier_id=1, to_tier_id=team.tier_id, from_team=team, to_team=team,
                trigger="x", reason="x", customer_reason="x", created_at=NOON, by=getattr(cast, facts["escalated_by"]),
            )  # fmt: skip
    ticket.refresh_from_db()
    return ticket
