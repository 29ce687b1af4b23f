"""The mail room: hands in mails as bytes, takes them in, and shows what became of each."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from communications.addresses import reply_address
from communications.inbound.keep import Envelope, keep_mail
from communications.models import Door, InboundMail, Message
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from tests.conftest import NOON
from tickets.models import Ticket
from tickets.take_in import take_in

NUMBERS = itertools.count(1)


def raw(
    body: str = "My card does not open the door.",
    *,
    sender: str = "Ben <ben@example.com>",
    to: str = "support@financy.example",
    subject: str = "My card",
    message_id: str = "",
    **headers: str,
) -> bytes:
    """A mail as bytes; ``headers`` come with - for _ and are written as they are."""
    named = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Message-ID": message_id or f"<{next(NUMBERS)}@mail.example.com>",
        "Date": "Mon, 23 Nov 2026 12:00:00 +0000",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return (head + "\r\n" + body.replace("\n", "\r\n") + "\r\n").encode()


def hand_in(
    content: bytes, *, return_path: str | None = None, to: tuple[str, ...] = (), at: datetime = NOON
) -> InboundMail:
    """Keep a mail as a door does."""
    with acting(by=system_actor(SystemActor.MAIL), channel="test") as act:
        return keep_mail(content, door=Door.SMTP, envelope=Envelope(return_path, to), by=act.by, at=at)


@pytest.fixture
def arrives(cast: Any) -> Callable[..., InboundMail]:
    """A mail comes and is taken in; returns its row as it is then."""

    def one(
        content: bytes | None = None, *, at: datetime = NOON, return_path: str | None = None, **said: Any
    ) -> InboundMail:
        mail = hand_in(content or raw(**said), return_path=return_path, at=at)
        take_in(at)
        mail.refresh_from_db()
        return mail

    return one


def address_of(ticket: Ticket) -> str:
    """Where the ticket's customer answers to."""
    return reply_address(ticket.reference, customer_id=ticket.customer_id)


def said_about(ticket: Ticket) -> list[Message]:
    """The messages about a ticket, in order."""
    return list(Message.objects.filter(about_label="tickets.ticket", about_id=ticket.pk).order_by("id"))


def ticket_of(mail: InboundMail) -> Ticket:
    """What a mail became part of."""
    return Ticket.objects.get(pk=mail.about_id)
