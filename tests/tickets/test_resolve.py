"""resolve_ticket, reopen_ticket, close_ticket: the end, the second try and the very end."""

from datetime import timedelta

import pytest

from communications.models import Message
from financy_support.desk.errors import Conflict, DeskError
from tests.conftest import NOON
from tests.make import deadline, do, make_ticket, sweep_at
from tickets.models import Resolution
from tickets.workflow.close import close_ticket
from tickets.workflow.reopen import reopen_ticket
from tickets.workflow.resolve import resolve_ticket

HOUR = timedelta(hours=1)
WORDS = {"summary": "Chegou", "actions_taken": "Reenviamos", "prevention_measures": "Novo correio"}


def test_resolving_tells_the_customer_and_stops_every_clock(cast):
    ticket = make_ticket(cast.ana)
    do(resolve_ticket, ticket, by=cast.tom, at=NOON + HOUR, **WORDS)
    assert (ticket.status, ticket.resolved_at, ticket.next_due_at) == ("resolved", NOON + HOUR, None)
    assert not ticket.deadlines.open().exists()
    message = Message.objects.get(purpose="resolution_notification")
    assert all(words in message.body for words in WORDS.values())
    assert "Não é preciso fazer mais nada." in message.body and message.update_type == "resolution"
    assert sweep_at(NOON + timedelta(days=30)).total == 0


def test_every_missing_word_is_named_at_once(cast):
    ticket = make_ticket(cast.ana)
    with pytest.raises(DeskError) as refusal:
        do(
            resolve_ticket, ticket, summary="", actions_taken="x", prevention_measures=" ", by=cast.tom, at=NOON,
        )  # fmt: skip
    assert [problem.field for problem in refusal.value.problems] == ["summary", "prevention_measures"]
    with pytest.raises(DeskError, match="follow_up"):
        do(resolve_ticket, ticket, follow_up_required=True, by=cast.tom, at=NOON, **WORDS)
    assert not Resolution.objects.exists() and ticket.status == "new"


def test_a_late_resolution_is_a_breach_for_ever(cast):
    ticket = make_ticket(cast.ana)
    do(resolve_ticket, ticket, by=cast.tom, at=NOON + timedelta(hours=80), **WORDS)
    assert deadline(ticket, "resolution").breached_at == NOON + timedelta(hours=72)
    assert deadline(ticket, "resolution").met_at == NOON + timedelta(hours=80)


def test_reopening_starts_a_new_cycle_and_keeps_the_old_ones_facts(cast):
    ticket = make_ticket(cast.ana)
    do(resolve_ticket, ticket, by=cast.tom, at=NOON + HOUR, **WORDS)
    do(reopen_ticket, ticket, reason="Ainda não chegou", by=cast.ana.user, at=NOON + timedelta(days=2))
    assert (ticket.status, ticket.cycle) == ("open", 2)
    assert deadline(ticket, "resolution").due_at == NOON + timedelta(days=5)
    assert ticket.deadlines.filter(cycle=1, kind="resolution", met_at=NOON + HOUR).exists()
    do(resolve_ticket, ticket, by=cast.tom, at=NOON + timedelta(days=3), **WORDS)
    assert list(Resolution.objects.values_list("cycle", flat=True)) == [1, 2]


def test_only_a_resolved_ticket_closes_and_a_closed_one_is_reopened_by_staff_only(cast):
    ticket = make_ticket(cast.ana)
    with pytest.raises(Conflict, match="Resolve it before"):
        do(close_ticket, ticket, by=cast.tom, at=NOON)
    do(resolve_ticket, ticket, by=cast.tom, at=NOON, **WORDS)
    with pytest.raises(Conflict, match="resolved"):
        do(resolve_ticket, ticket, by=cast.tom, at=NOON, **WORDS)
    do(close_ticket, ticket, by=cast.ana.user, at=NOON)
    with pytest.raises(Conflict, match="closed"):
        do(reopen_ticket, ticket, reason="x", by=cast.ana.user, at=NOON)
    do(reopen_ticket, ticket, reason="x", by=cast.tom, at=NOON)
    assert ticket.status == "open"
