"""reopen_ticket: a new resolution cycle, linked to the old one, with promises of its own."""

from __future__ import annotations

from datetime import datetime

from communications.words import words
from financy_support.desk.audit.acting import acting, current_act
from financy_support.desk.errors import Conflict
from financy_support.desk.people.user import User
from financy_support.desk.wording import require_words
from tickets.in_hand import InHand, put_back, take_ticket
from tickets.models import DeadlineKind, Status, Ticket
from tickets.news import TicketNews, tell
from tickets.policy import policy
from tickets.promises import resolution_promise, response_promise, tier_promises

CYCLE = ("cycle", "resolved_at", "closed_at", "entered_tier_at")  # what a new cycle changes beside the status


def reopen_ticket(ticket: Ticket, *, reason: str, by: User, at: datetime) -> Ticket:
    """Take a resolved or closed ticket up again; its old cycle keeps its facts.

    Customers may reopen a resolved one, not a closed one. Raises Conflict, NotFound, Invalid.
    """
    reason = require_words(reason, field="reason", longest=2000)
    with acting(by=by, channel=current_act(by).channel, reason=reason):
        hand = take_ticket(ticket, by=by, staff_only=False)
        ticket = hand.ticket
        if ticket.is_live:
            raise Conflict(f"{ticket.reference} is {ticket.get_status_display()}: there is nothing to reopen.")
        if ticket.status == Status.CLOSED and not by.is_agent:
            raise Conflict(f"{ticket.reference} is closed. Open a new ticket and name this one.", code="closed")
        if ticket.customer.erased_at:
            raise Conflict(f"{ticket.reference} is of an erased customer: nobody is left to answer.", code="erased")
        start_new_cycle(hand, at)
        reopened = put_back(hand, "status", *CYCLE)
        tell(TicketNews.REOPENED, reopened, cycle=reopened.cycle, by=by, at=at)
        return reopened


def start_new_cycle(hand: InHand, at: datetime) -> None:
    """Cycle n + 1 with next response, resolution and tier promises; the first response was long ago."""
    ticket, rules = hand.ticket, policy()
    ticket.cycle += 1
    ticket.status, ticket.resolved_at, ticket.closed_at = Status.OPEN, None, None
    ticket.entered_tier_at = at
    channel = words().channels.get(ticket.channel)
    hand.start(
        [
            response_promise(rules, kind=DeadlineKind.NEXT_RESPONSE, severity=ticket.severity, channel=channel, at=at),
            resolution_promise(rules, severity=ticket.severity),
            *tier_promises(rules, severity=ticket.severity, tier=ticket.tier_id),
        ],
        at,
    )
