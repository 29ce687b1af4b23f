"""close_ticket: the story is over; words after this start a new ticket."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict
from financy_support.desk.people.user import User
from tickets.in_hand import put_back, take_ticket
from tickets.models import Status, Ticket
from tickets.news import TicketNews, tell


def close_ticket(ticket: Ticket, *, by: User, at: datetime) -> Ticket:
    """Close a resolved ticket; customers may close their own. Raises Conflict unless it is resolved, NotFound."""
    hand = take_ticket(ticket, by=by, staff_only=False)
    if hand.ticket.status != Status.RESOLVED:
        raise Conflict(
            f"{hand.ticket.reference} is {hand.ticket.get_status_display()}; only a resolved ticket is closed."
            " Resolve it before.",
            code="not_resolved",
        )
    hand.ticket.status, hand.ticket.closed_at = Status.CLOSED, at
    closed = put_back(hand, "status", "closed_at")
    tell(TicketNews.CLOSED, closed, by=by, at=at)
    return closed
