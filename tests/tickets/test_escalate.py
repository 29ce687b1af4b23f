"""escalate_ticket and escalate_tickets: by a person, by time, by severity."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communications.models import Message
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, Invalid, NotAllowed, NotFound
from financy_support.desk.people.team import Team
from tests.conftest import NOON
from tests.make import deadline, do, make_ticket, sweep_at
from tickets.models import Category, Escalation, IssueType, Ticket
from tickets.workflow.assign import assign_ticket
from tickets.workflow.change_category import change_category
from tickets.workflow.change_severity import change_severity
from tickets.workflow.escalate import escalate_ticket

HOUR = timedelta(hours=1)
TRIGGER = "Technical issues beyond basic troubleshooting"
CRITERION = "Customer request for escalation"


def test_a_person_hands_a_ticket_to_the_next_tier(cast):
    ticket = make_ticket(cast.ana)
    do(assign_ticket, ticket, to=cast.tom, by=cast.tom, at=NOON)
    escalation = do(
        escalate_ticket, ticket, reason="Needs the database", trigger=TRIGGER,
        handoff={"Detailed issue description": "x"}, by=cast.tom, at=NOON + HOUR,
    )  # fmt: skip
    assert (ticket.tier_id, ticket.team.slug, ticket.assignee) == (2, "technical_support", None)
    assert (escalation.kind, escalation.trigger, escalation.path.code) == ("manual", TRIGGER, "tier_1_to_2")
    assert escalation.handoff == {"Detailed issue description": "x"}
    assert deadline(ticket, "tier_response").due_at == NOON + HOUR + 12 * HOUR
    assert deadline(ticket, "time_in_tier").due_at == NOON + HOUR + 8 * HOUR
    assert ticket.next_due_at == NOON + 2 * HOUR  # the first response is still owed


def test_the_customer_hears_a_safe_reason_never_the_internal_one(cast):
    ticket = make_ticket(cast.ana)
    do(escalate_ticket, ticket, reason="The customer lies, CANARY", trigger=TRIGGER, by=cast.tom, at=NOON)
    message = Message.objects.get(purpose="escalation_notification")
    assert "CANARY" not in message.body and "Suporte Técnico" in message.body and "12 horas" in message.body
    assert (message.escalation_level, message.update_type, message.language) == ("tier_1_to_2", "escalation", "pt")


def test_an_unknown_trigger_is_refused_with_the_known_ones(cast):
    ticket = make_ticket(cast.ana)
    with pytest.raises(Invalid, match="Customer request for escalation") as refusal:
        do(escalate_ticket, ticket, reason="x", trigger="because", by=cast.tom, at=NOON)
    assert refusal.value.problems[0].field == "trigger"


def test_a_team_outside_the_tier_is_refused_with_the_fitting_ones(cast):
    ticket = make_ticket(cast.ana)
    with pytest.raises(Invalid, match="engineering, security"):
        do(escalate_ticket, ticket, to_tier=3, team="ai_ml", reason="x", trigger=TRIGGER, by=cast.tom, at=NOON)


def test_tier_4_names_a_team_by_the_category(cast):
    ticket = make_ticket(cast.ana, severity="critical", category="data")
    do(escalate_ticket, ticket, reason="x", trigger="Data corruption incidents", by=cast.theo, at=NOON)
    assert (ticket.tier_id, ticket.team.slug) == (4, "data_science")
    with pytest.raises(Conflict, match="specialists already"):
        do(escalate_ticket, ticket, reason="x", trigger="AI model accuracy issues", by=cast.tara, at=NOON)


def test_customers_and_strangers_cannot_escalate(cast):
    ticket = make_ticket(cast.ana)
    with pytest.raises(NotAllowed):
        do(escalate_ticket, ticket, reason="x", trigger=TRIGGER, by=cast.ana.user, at=NOON)
    with pytest.raises(NotFound):
        do(escalate_ticket, ticket, reason="x", trigger=TRIGGER, by=cast.ben.user, at=NOON)


def test_time_climbs_4_8_and_24_hours_until_the_specialists(cast):
    ticket = make_ticket(cast.ana)
    seen = []
    for hours in (4, 4 + 8, 4 + 8 + 24):
        sweep_at(NOON + timedelta(hours=hours) - timedelta(seconds=1))
        before = Ticket.objects.get(pk=ticket.pk).tier_id
        sweep_at(NOON + timedelta(hours=hours))
        seen.append((before, Ticket.objects.get(pk=ticket.pk).tier_id))
    assert seen == [(1, 2), (2, 3), (3, 4)]
    assert [one.kind for one in Escalation.objects.filter(ticket=ticket)] == ["time"] * 3
    assert Message.objects.filter(purpose="escalation_notification").count() == 3
    sweep_at(NOON + timedelta(days=30))
    assert Escalation.objects.filter(ticket=ticket).count() == 3


def test_a_late_sweep_climbs_one_tier_at_a_time_from_when_it_noticed(cast):
    ticket = make_ticket(cast.ana)
    sweep_at(NOON + timedelta(hours=30))
    ticket.refresh_from_db()
    assert (ticket.tier_id, ticket.entered_tier_at) == (2, NOON + timedelta(hours=30))


def test_sweeping_twice_changes_nothing(cast):
    ticket = make_ticket(cast.ana)
    sweep_at(NOON + timedelta(hours=5))
    history = ticket.history.count()
    assert sweep_at(NOON + timedelta(hours=5)).total == 0
    assert ticket.history.count() == history and Escalation.objects.count() == 1


def test_critical_goes_straight_to_tier_3_when_raised_later(cast):
    ticket = make_ticket(cast.ana)
    do(change_severity, ticket, severity="critical", reason="All payments fail", by=cast.tom, at=NOON + HOUR)
    escalation = Escalation.objects.get()
    assert (ticket.tier_id, ticket.team.slug, escalation.kind, escalation.trigger) == (
        3, "engineering", "severity", "immediate_to_tier_3",
    )  # fmt: skip


def test_security_goes_to_the_security_team_at_any_severity_and_others_lose_sight_of_it(cast):
    ticket = make_ticket(cast.ana, severity="low")
    do(change_category, ticket, category="security", by=cast.tom, at=NOON + HOUR)
    assert (ticket.tier_id, ticket.team.slug, Escalation.objects.get().kind) == (3, "security", "security")
    sees = [
        who for who in ("tom", "tina", "theo", "sam", "ada") if Ticket.objects.visible_to(getattr(cast, who)).exists()
    ]
    assert sees == ["sam", "ada"]


def test_who_escalated_still_sees_it(cast):
    ticket = make_ticket(cast.ana)
    do(escalate_ticket, ticket, to_tier=3, reason="x", trigger=TRIGGER, by=cast.tom, at=NOON)
    assert Ticket.objects.visible_to(cast.tom).filter(pk=ticket.pk).exists()
    assert not Ticket.objects.visible_to(cast.tina).filter(pk=ticket.pk).exists()


def test_many_cost_as_many_statements_as_one(cast):
    def statements(number: int, hours: int) -> int:
        for _ in range(5):  # older tickets climb to the top and rest
            sweep_at(NOON + timedelta(hours=hours - 1))
        for _ in range(number):
            make_ticket(cast.ana, at=NOON + timedelta(hours=hours))
        with CaptureQueriesContext(connection) as queries:
            sweep_at(NOON + timedelta(hours=hours + 4))
        assert Escalation.objects.filter(created_at=NOON + timedelta(hours=hours + 4)).count() == number
        return len(queries)

    assert statements(1, 1000) == statements(100, 2000)


def test_an_escalation_of_a_ticket_that_moved_meanwhile_is_refused(cast):
    ticket = make_ticket(cast.ana)
    as_seen = Ticket.objects.get(pk=ticket.pk)
    sweep_at(NOON + 4 * HOUR)
    with pytest.raises(Conflict, match="moved a moment ago"):
        do(escalate_ticket, as_seen, to_tier=2, reason="x", trigger=CRITERION, by=cast.tina, at=NOON + 4 * HOUR)


def test_the_reason_of_a_person_joins_the_history(cast):
    ticket = make_ticket(cast.ana)
    do(escalate_ticket, ticket, reason="Needs the database", trigger=TRIGGER, by=cast.tom, at=NOON)
    assert ticket.history.first().history_change_reason == "Needs the database"


def test_specialists_hand_over_among_themselves_without_a_path(cast):
    ticket = make_ticket(cast.ana, severity="critical", category="data")
    do(escalate_ticket, ticket, reason="x", trigger=CRITERION, by=cast.theo, at=NOON)
    sideways = do(escalate_ticket, ticket, team="ai_ml", reason="x", trigger=CRITERION, by=cast.tara, at=NOON)
    assert (sideways.from_tier_id, sideways.to_tier_id, sideways.path, ticket.team.slug) == (4, 4, None, "ai_ml")


def test_a_security_ticket_goes_to_a_security_team_in_every_tier_whatever_the_rows_say(cast):
    with acting(by=cast.ada, channel="test"):
        Category.objects.create(
            code="fraud", name="Fraud", issue_type=IssueType.objects.first(), is_security=True,
            specialist_team=Team.objects.get(slug="data_science"),
        )  # fmt: skip
    ticket = make_ticket(cast.ana, category="fraud")
    sweep_at(deadline(ticket, "time_in_tier").due_at)
    ticket.refresh_from_db()
    assert (ticket.tier_id, ticket.team.is_security) == (4, True)


def test_what_becomes_security_in_tier_4_stays_there_with_the_security_specialists(cast):
    ticket = make_ticket(cast.ana)
    do(escalate_ticket, ticket, to_tier=4, reason="r", trigger=TRIGGER, by=cast.ada, at=NOON)
    do(change_category, ticket, category="security", by=cast.ada, at=NOON)
    assert (ticket.tier_id, ticket.team.is_security) == (4, True)


def test_two_handoff_items_of_one_name_are_refused(cast):
    ticket = make_ticket(cast.ana)
    with pytest.raises(Invalid, match="same name"):
        do(
            escalate_ticket, ticket, reason="r", trigger=TRIGGER, handoff={"Tried": "a", "Tried ": "b"}, by=cast.tom,
            at=NOON,
        )  # fmt: skip
