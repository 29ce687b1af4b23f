"""hold_ticket and resume_ticket: which clocks stop, and that a pause never breaches after the fact."""

from datetime import timedelta

import pytest

from financy_support.desk.errors import Conflict, Invalid
from tests.conftest import NOON
from tests.make import deadline, do, make_ticket, sweep_at
from tickets.models import Escalation
from tickets.workflow.hold import hold_ticket, resume_ticket
from tickets.workflow.reply import reply_to_ticket

HOUR = timedelta(hours=1)


def test_waiting_on_the_customer_stops_next_response_resolution_and_time_in_tier(cast):
    ticket = make_ticket(cast.ana)
    do(reply_to_ticket, ticket, body="a", by=cast.tom, at=NOON + HOUR)
    do(hold_ticket, ticket, reason="customer", by=cast.tom, at=NOON + HOUR)
    assert deadline(ticket, "resolution").remaining == timedelta(hours=71)
    assert deadline(ticket, "time_in_tier").remaining == timedelta(hours=3)
    assert (ticket.next_due_at, ticket.next_due_kind) == (None, "")
    sweep_at(NOON + timedelta(days=10))
    assert not Escalation.objects.exists()
    do(resume_ticket, ticket, by=cast.tom, at=NOON + timedelta(days=10))
    assert deadline(ticket, "time_in_tier").due_at == NOON + timedelta(days=10, hours=3)
    assert deadline(ticket, "resolution").breached_at is None


@pytest.mark.parametrize("reason", ["vendor", "incident"])
def test_waiting_on_others_stops_time_in_tier_only(cast, reason):
    ticket = make_ticket(cast.ana)
    do(hold_ticket, ticket, reason=reason, by=cast.tom, at=NOON + HOUR)
    paused = {one.kind for one in ticket.deadlines.filter(due_at__isnull=True)}
    assert paused == {"time_in_tier"}
    assert ticket.next_due_kind == "first_response"


def test_refusals(cast):
    ticket = make_ticket(cast.ana)
    with pytest.raises(Invalid, match="customer, vendor, incident"):
        do(hold_ticket, ticket, reason="lunch", by=cast.tom, at=NOON)
    with pytest.raises(Conflict, match="not on hold"):
        do(resume_ticket, ticket, by=cast.tom, at=NOON)
    do(hold_ticket, ticket, reason="vendor", by=cast.tom, at=NOON)
    with pytest.raises(Conflict, match="on hold already"):
        do(hold_ticket, ticket, reason="customer", by=cast.tom, at=NOON)
