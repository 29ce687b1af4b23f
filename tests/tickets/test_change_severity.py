"""change_severity: re-targeting keeps the used time, breaches are facts."""

from datetime import timedelta

import pytest

from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, Invalid
from tests.conftest import NOON
from tests.make import deadline, do, make_ticket, sweep_at
from tickets.models import Escalation, EscalationPath
from tickets.workflow.change_severity import change_severity
from tickets.workflow.hold import hold_ticket, resume_ticket

HOUR = timedelta(hours=1)


def test_the_used_time_counts_against_the_new_target(cast):
    ticket = make_ticket(cast.ana)
    do(change_severity, ticket, severity="high", reason="More people", by=cast.tom, at=NOON + 10 * HOUR)
    resolution = deadline(ticket, "resolution")
    assert (resolution.target, resolution.due_at) == (24 * HOUR, NOON + 24 * HOUR)
    assert resolution.policy_source == "SLA target: resolution high"


def test_a_new_target_already_used_up_is_due_now_not_before(cast):
    ticket = make_ticket(cast.ana)
    do(change_severity, ticket, severity="critical", reason="Worse", by=cast.tom, at=NOON + 10 * HOUR)
    assert deadline(ticket, "resolution").due_at == NOON + 10 * HOUR
    sweep_at(NOON + 10 * HOUR)
    assert deadline(ticket, "resolution").breached_at == NOON + 10 * HOUR


def test_a_broken_promise_stays_broken(cast):
    ticket = make_ticket(cast.ana)
    sweep_at(NOON + 3 * HOUR)
    do(change_severity, ticket, severity="low", reason="Not so bad", by=cast.tom, at=NOON + 3 * HOUR)
    first = deadline(ticket, "first_response")
    assert (first.breached_at, first.target) == (NOON + 2 * HOUR, 2 * HOUR)


def test_time_on_hold_is_not_used_time(cast):
    ticket = make_ticket(cast.ana)
    do(hold_ticket, ticket, reason="customer", by=cast.tom, at=NOON + HOUR)
    do(change_severity, ticket, severity="high", reason="x", by=cast.tom, at=NOON + 20 * HOUR)
    assert deadline(ticket, "resolution").remaining == 23 * HOUR
    do(resume_ticket, ticket, by=cast.tom, at=NOON + 30 * HOUR)
    assert deadline(ticket, "resolution").due_at == NOON + 53 * HOUR


def test_lowering_moves_nothing_back(cast):
    ticket = make_ticket(cast.ana, severity="critical")
    do(change_severity, ticket, severity="low", reason="Only one card", by=cast.theo, at=NOON)
    assert ticket.tier_id == 3 and not Escalation.objects.exists()


def test_a_reason_is_needed_and_joins_the_history(cast):
    ticket = make_ticket(cast.ana)
    with pytest.raises(Invalid, match="reason"):
        do(change_severity, ticket, severity="high", reason=" ", by=cast.tom, at=NOON)
    with pytest.raises(Conflict, match="medium already"):
        do(change_severity, ticket, severity="medium", reason="x", by=cast.tom, at=NOON)
    do(change_severity, ticket, severity="low", reason="Just a question", by=cast.tom, at=NOON)
    assert ticket.history.first().history_change_reason == "Just a question"


def test_a_path_that_begins_to_count_on_hold_waits_for_the_customer_too(cast):
    with acting(by=cast.ada, channel="test"):
        EscalationPath.objects.filter(from_tier=1).update(severities=["medium"])
    ticket = make_ticket(cast.ana, severity="low")
    do(hold_ticket, ticket, reason="customer", by=cast.tom, at=NOON)
    do(change_severity, ticket, severity="medium", reason="Worse", by=cast.tom, at=NOON)
    assert deadline(ticket, "time_in_tier").due_at is None
    sweep_at(NOON + 30 * HOUR)
    ticket.refresh_from_db()
    assert ticket.tier_id == 1
    do(resume_ticket, ticket, by=cast.tom, at=NOON + 30 * HOUR)
    assert deadline(ticket, "time_in_tier").due_at == NOON + 34 * HOUR
