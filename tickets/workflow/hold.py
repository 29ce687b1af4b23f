"""hold_ticket and resume_ticket: stop the clocks that this kind of waiting stops, and start them again."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.user import User
from tickets.in_hand import InHand, put_back, require_live, take_ticket
from tickets.models import HoldReason, Status, Ticket
from tickets.news import TicketNews, tell
from tickets.policy import policy


def hold_ticket(ticket: Ticket, *, reason: str, by: User, at: datetime) -> Ticket:
    """Wait on the customer, a vendor or an incident; the hold table says which deadlines pause (design §8, 17).

    Raises Invalid for an unknown reason, Conflict when the ticket is not live or already on hold.
    """
    if reason not in HoldReason.values:
        raise Invalid(f"{reason!r} is no hold reason. Use one of: {', '.join(HoldReason.values)}.", field="reason")
    hand = take_ticket(ticket, by=by)
    require_live(hand.ticket, "put on hold")
    if hand.ticket.status == Status.ON_HOLD:
        raise Conflict(
            f"{hand.ticket.reference} is on hold already ({hand.ticket.get_hold_reason_display()}). Resume it before."
        )
    pauses = policy().pauses
    for deadline in hand.owed(*(kind for kind in hand.deadlines if (reason, kind) in pauses)):
        deadline.pause(at)
    hand.ticket.status, hand.ticket.hold_reason = Status.ON_HOLD, HoldReason(reason)
    held = put_back(hand, "status", "hold_reason")
    tell(TicketNews.HELD, held, hold_reason=reason, by=by, at=at)
    return held


def resume_ticket(ticket: Ticket, *, by: User, at: datetime) -> Ticket:
    """End the hold; every paused deadline runs on with what it had left. Raises Conflict when it is not on hold."""
    hand = take_ticket(ticket, by=by)
    if hand.ticket.status != Status.ON_HOLD:
        raise Conflict(f"{hand.ticket.reference} is not on hold.")
    let_go(hand, at)
    resumed = put_back(hand, "status", "hold_reason")
    tell(TicketNews.RESUMED, resumed, by=by, at=at)
    return resumed


def let_go(hand: InHand, at: datetime) -> None:
    """End the hold of a ticket in hand; also used when the customer's own words end it."""
    for deadline in hand.all_owed():
        deadline.resume(at)
    hand.ticket.status, hand.ticket.hold_reason = Status.OPEN, ""
