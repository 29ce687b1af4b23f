"""A mail server that records, a ticket whose greeting waits in the outbox, and the clock past it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from communications.models import Delivery, MailBudget, Message
from financy_support.desk.audit.acting import acting
from tests.cast import Cast, hire_cast
from tests.conftest import NOON
from tests.sinks.smtp import SmtpSink
from tickets.models import Ticket
from tickets.workflow.open import open_ticket

SOON = NOON + timedelta(seconds=1)


@pytest.fixture
def sink(settings: Any) -> Iterator[SmtpSink]:
    """The mail server of the desk, strict and scripted; what it finds unfit for the wire fails the test."""
    with SmtpSink() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 0.3
        yield server
    assert not server.refused


@pytest.fixture
def greeted(cast: Cast) -> Callable[..., Ticket]:
    """Open a ticket of Ben's, whose greeting is due at once; as many as a test likes."""
    raise_budgets(cast)

    def one(subject: str = "My card", at: datetime = NOON) -> Ticket:
        return open_for(cast, subject, at)

    return one


@pytest.fixture
def waiting(committed_db: str) -> Callable[..., list[Ticket]]:
    """Commit some tickets whose greetings wait in the outbox of a database of their own."""
    cast = hire_cast()
    raise_budgets(cast)

    def some(count: int, at: datetime = NOON) -> list[Ticket]:
        return [open_for(cast, f"Question {number}", at) for number in range(count)]

    return some


def raise_budgets(cast: Cast) -> None:
    """Where a test is about other things than how much automatic mail is enough."""
    with acting(by=cast.ada, channel="test", reason="this test writes much"):
        MailBudget.objects.update(most=10_000)


def open_for(cast: Cast, subject: str = "My card", at: datetime = NOON) -> Ticket:
    """A question of Ben's at ``at``."""
    with acting(by=cast.ben.user, channel="test"):
        return open_ticket(customer=cast.ben, subject=subject, description="It has not come.", by=cast.ben.user, at=at)


def delivery_of(ticket: Ticket) -> Delivery:
    """The only delivery about a ticket, as it is now."""
    message = Message.objects.get(about_label="tickets.ticket", about_id=ticket.pk)
    return Delivery.objects.get(message=message)


def outcomes_of(delivery: Delivery) -> list[str]:
    """What its tries came to, in order."""
    return list(delivery.attempt_log.order_by("id").values_list("outcome", flat=True))
