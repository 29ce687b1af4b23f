"""make_ticket(): a ticket with sensible defaults, opened through the verb."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.time.sweeper import SweepReport, sweep
from tests.conftest import NOON
from tickets.models import Ticket, TicketDeadline
from tickets.workflow.open import open_ticket


def make_ticket(customer: Customer, *, at: datetime = NOON, **fields: Any) -> Ticket:
    """Opened by the customer's own log-in at noon unless said otherwise."""
    assert customer.user is not None
    with acting(by=customer.user, channel="test", reason="make_ticket"):
        values = {"subject": "My card", "description": "It does not work.", **fields}
        return open_ticket(customer=customer, by=customer.user, at=at, **values)


def do(verb: Any, ticket: Ticket, *, by: Any, at: datetime, **fields: Any) -> Any:
    """Call a verb the way an entry point does, in an act of ``by``; the ticket is fresh afterwards."""
    with acting(by=by, channel="test", reason=""):
        result = verb(ticket, by=by, at=at, **fields)
    ticket.refresh_from_db()
    return result


def deadline(ticket: Ticket, kind: str) -> TicketDeadline:
    """The newest deadline of a kind."""
    found: TicketDeadline = ticket.deadlines.filter(kind=kind).latest("id")
    return found


def sweep_at(at: datetime) -> SweepReport:
    """One full sweep; a failed handler fails the test."""
    report = sweep(at)
    assert report.failed == 0
    return report
