"""open_ticket: triage, promises, greeting."""

from datetime import timedelta

import pytest

from communications.models import Message
from financy_support.desk.errors import Invalid, NoActor, NotAllowed
from tests.conftest import NOON
from tickets.models import TicketDeadline
from tickets.workflow.open import open_ticket


def test_a_medium_question_starts_in_tier_1_with_its_promises(cast, act):
    with act(cast.ana.user):
        ticket = open_ticket(
            customer=cast.ana, subject="Cartão", description="Meu cartão não chegou", by=cast.ana.user, at=NOON
        )
    assert (ticket.tier_id, ticket.team.slug, ticket.status) == (1, "customer_support", "new")
    due = {one.kind: one.due_at - NOON for one in TicketDeadline.objects.filter(ticket=ticket)}
    assert due == {
        "first_response": timedelta(hours=2),  # e-mail promises two hours: tighter than medium's eight
        "resolution": timedelta(hours=72),
        "tier_response": timedelta(hours=8),
        "time_in_tier": timedelta(hours=4),
    }
    assert (ticket.next_due_kind, ticket.next_due_at) == ("first_response", NOON + timedelta(hours=2))


@pytest.mark.parametrize(
    ("severity", "category", "tier", "team"),
    [
        ("critical", "transaction", 3, "engineering"),
        ("high", "transaction", 2, "technical_support"),
        ("low", "security", 3, "security"),
    ],
)
def test_severity_and_security_route_at_the_door(cast, act, severity, category, tier, team):
    with act(cast.ben.user):
        ticket = open_ticket(
            customer=cast.ben, subject="Help", description="Now", severity=severity, category=category,
            by=cast.ben.user, at=NOON,
        )  # fmt: skip
    assert (ticket.tier_id, ticket.team.slug) == (tier, team)


def test_the_customer_is_greeted_in_their_language_with_the_expected_time(cast, act):
    with act(cast.carmen.user):
        ticket = open_ticket(
            customer=cast.carmen, subject="Tarjeta", description="No llega", by=cast.carmen.user, at=NOON
        )
    message = Message.objects.get(about_id=ticket.pk)
    assert (message.purpose, message.language, message.expected_response_time) == (
        "initial_response", "es", timedelta(hours=2),
    )  # fmt: skip
    assert "2 horas" in message.body and ticket.reference in message.subject and "{" not in message.body
    assert message.deliveries.get().address == "carmen@example.com"


def test_history_names_who_how_and_why(cast, act):
    with act(cast.ana.user, reason="asked"):
        ticket = open_ticket(customer=cast.ana, subject="A", description="B", by=cast.ana.user, at=NOON)
    row = ticket.history.get()
    assert (row.history_user_id, row.history_channel, row.history_change_reason, row.history_type) == (
        cast.ana.user.pk, "test", "asked", "+",
    )  # fmt: skip


def test_nobody_opens_a_ticket_in_anothers_name(cast, act):
    with act(cast.ana.user), pytest.raises(NotAllowed):
        open_ticket(customer=cast.ben, subject="A", description="B", by=cast.ana.user, at=NOON)


def test_refusals_name_the_field_and_the_way_out(cast, act):
    with act(cast.ana.user):
        for field, values in [
            ("subject", {"subject": " "}),
            ("category", {"category": "x"}),
            ("severity", {"severity": "x"}),
        ]:
            with pytest.raises(Invalid) as refusal:
                open_ticket(
                    **{
                        "customer": cast.ana,
                        "subject": "A",
                        "description": "B",
                        "by": cast.ana.user,
                        "at": NOON,
                        **values,
                    }
                )
            assert refusal.value.problems[0].field == field


def test_a_verb_outside_acting_is_refused(cast):
    with pytest.raises(NoActor):
        open_ticket(customer=cast.ana, subject="A", description="B", by=cast.ana.user, at=NOON)
