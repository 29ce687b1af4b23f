"""A ticket by its reference, in the reader's scope; missing and foreign ones answer alike."""

from __future__ import annotations

from functools import cache
from typing import Any

from financy_support.desk.errors import Invalid, NotFound
from financy_support.desk.people.user import User
from financy_support.desk.statement import Given, Statement
from tickets.api.shown import rows_of
from tickets.models import Ticket
from tickets.models.ticket import pk_of
from tickets.querysets import Reach, Sight, TicketQuerySet, reach_of


def in_scope(reference: str, reader: Any) -> TicketQuerySet:
    """At most one ticket."""
    return Ticket.objects.visible_to(reader).filter(pk=pk_of(reference) or 0)


def row_in_scope(reference: str, reader: User) -> dict[str, Any]:
    """The row of one ticket, for :func:`tickets.api.shown.shown`. Raises NotFound."""
    reach = reach_of(reader)
    rows = _row(reach.sight).rows(ticket=pk_of(reference) or 0, **reach.ids)
    if not rows:
        raise NotFound
    return rows[0]


@cache
def _row(sight: Sight) -> Statement:
    return Statement(rows_of(Ticket.objects.visible_to(Reach.places(sight)).filter(pk=Given("ticket"))).order_by())


def find_ticket(reference: str, reader: User) -> Ticket:
    """Raises NotFound."""
    ticket = in_scope(reference, reader).first()
    if ticket is None:
        raise NotFound
    return ticket


def active_agent(email: str, *, field: str) -> User:
    """Raises Invalid when no active agent has this e-mail."""
    found = User.objects.filter(email__iexact=email, is_active=True).first()
    if found is None or not found.is_agent:
        raise Invalid("No active agent has this e-mail.", field=field, code="unknown")
    return found
