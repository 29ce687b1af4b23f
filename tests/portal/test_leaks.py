"""Whatever happens on whosever ticket: nothing of the inside and nothing of others reaches a customer's pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.team import Team
from tests.cast import CUSTOMERS, Cast
from tests.make import do, make_ticket
from tests.portal.conftest import session_for
from tickets.models import Escalation, Ticket
from tickets.portal.signed_in import COOKIE
from tickets.portal.tokens import cookie_of
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket

# Each word says whose it is and who may read it, so that a page tells on itself.
EVENTS = st.lists(
    st.tuples(st.sampled_from(sorted(CUSTOMERS)), st.booleans(), st.lists(st.sampled_from("qsnh"), max_size=5)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories=EVENTS, reader=st.sampled_from(sorted(CUSTOMERS)), language=st.sampled_from(["en", "pt", "es"]))
def test_nothing_internal_and_nothing_of_others_is_on_any_page(cast, stories, reader, language):
    made = [(name, is_security, _play(cast, name, is_security, events)) for name, is_security, events in stories]
    client = Client()
    client.cookies[COOKIE] = cookie_of(session_for(getattr(cast, reader)))
    listed = client.get(f"/help/{language}/requests/", {"show": "all"}).content.decode()
    assert "INSIDE" not in listed
    for name, is_security, ticket in made:
        page = client.get(f"/help/{language}/requests/{ticket.reference}/")
        shown = page.content.decode()
        assert "INSIDE" not in shown and "@financy.example" not in shown
        is_visible = name == reader or ({name, reader} == {"ben", "bea"} and not is_security)
        assert (page.status_code == 200) is is_visible
        for words in (ticket.subject, f"PUBLIC-{ticket.pk}-"):
            assert (words in shown) is is_visible
        # Tickets of earlier examples fill the list, too; what is not visible is on none of its pages.
        assert is_visible or ticket.subject not in listed


def _play(cast: Cast, name: str, is_security: bool, events: list[str]) -> Ticket:
    """q: the customer writes on, s: an agent answers, n: a note, h: a hand-over with its reasons."""
    customer = getattr(cast, name)
    at = timezone.now() - timedelta(hours=1)
    ticket = make_ticket(customer, at=at, category="security" if is_security else "other")
    agent = cast.sam if is_security else cast.tom
    with acting(by=cast.ada, channel="test"):
        Ticket.objects.filter(pk=ticket.pk).update(subject=f"SUBJECT-{ticket.pk}-of-{name}")
    ticket.refresh_from_db()
    says: dict[str, Any] = {"q": (reply_to_ticket, customer.user), "s": (reply_to_ticket, agent)}
    for event in ["q", *events]:
        if event in says:
            verb, by = says[event]
            do(
                verb,
                ticket,
                body=f"PUBLIC-{ticket.pk}-{event}",
                by=by,
                at=at,
                **({"confirm": CONFIRM} if event == "s" else {}),
            )
        elif event == "n":
            do(note_ticket, ticket, body=f"INSIDE note of {name}", by=agent, at=at)
        else:
            _hand_over(cast, ticket, at)
    return ticket


CONFIRM = ("leftover", "internal", "language", "unseen")


def _hand_over(cast: Cast, ticket: Ticket, at: Any) -> None:
    team = Team.objects.get(slug="engineering")
    with acting(by=cast.ada, channel="test"):
        Escalation.objects.create(
            ticket=ticket, kind="manual", from_tier_id=1, to_tier_id=3, from_team=team, to_team=team,
            trigger="INSIDE trigger", reason="INSIDE reason", customer_reason="Needs an expert.",
            handoff={"INSIDE item": "INSIDE handoff"}, created_at=at, by=cast.ada,
        )  # fmt: skip
