"""A ticket by its reference, in the reader's scope; missing and foreign ones answer alike."""

from __future__ import annotations

from typing import Any

from financy_support.desk.errors import NotFound
from financy_support.desk.people.user import User
from tickets.models import Ticket
from tickets.models.ticket import pk_of
from tickets.querysets import TicketQuerySet


def in_scope(reference: str, reader: Any) -> TicketQuerySet:
    """At most one ticket."""
    return Ticket.objects.visible_to(reader).filter(pk=pk_of(reference) or 0)


def find_ticket(reference: str, reader: User) -> Ticket:
    """Raises NotFound."""
    ticket = in_scope(reference, reader).first()
    if ticket is None:
        raise NotFound
    return ticket
