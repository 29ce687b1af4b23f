"""resolve_ticket: document, tell the customer, stop every clock."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import DeskError, Problem
from financy_support.desk.people.user import User
from tickets.in_hand import put_back, require_live, take_ticket
from tickets.messages import say_resolved
from tickets.models import Resolution, Status, Ticket


def resolve_ticket(
    ticket: Ticket,
    *,
    summary: str,
    actions_taken: str,
    prevention_measures: str,
    follow_up_required: bool = False,
    follow_up: str = "",
    by: User,
    at: datetime,
) -> Resolution:
    """Resolve a live ticket with words for the customer, which go out in the same transaction.

    Resolution and time-in-tier promises are met. A response still owed is met as well, when a person's reply is what
    the customer gets now: the resolution message is one.

    Raises DeskError naming each missing field, Conflict, NotFound.
    Source: handbook 'sendResolutionNotification' (summary, actions, prevention, follow-up).
    """
    _require(summary=summary, actions_taken=actions_taken, prevention_measures=prevention_measures)
    if follow_up_required:
        _require(follow_up=follow_up)
    hand = take_ticket(ticket, by=by)
    require_live(hand.ticket, "resolved")
    ticket = hand.ticket
    for deadline in hand.open():
        deadline.meet(at)
    ticket.status, ticket.hold_reason, ticket.resolved_at = Status.RESOLVED, "", at
    ticket.first_responded_at = ticket.first_responded_at or at
    ticket.assignee = ticket.assignee or (by if by.is_agent else None)
    ticket.last_word_by, ticket.last_word_at = "agent", at
    resolution = Resolution.objects.create(
        ticket=ticket,
        cycle=ticket.cycle,
        summary=summary.strip(),
        actions_taken=actions_taken.strip(),
        prevention_measures=prevention_measures.strip(),
        follow_up_required=follow_up_required,
        follow_up=follow_up.strip(),
        created_at=at,
        by=by,
    )
    put_back(
        hand, "status", "hold_reason", "resolved_at", "first_responded_at", "assignee", "last_word_by", "last_word_at"
    )
    say_resolved(ticket, resolution, by=by, at=at)
    return resolution


def _require(**words: str) -> None:
    missing = [name for name, text in words.items() if not text.strip()]
    if missing:
        raise DeskError(
            f"Resolving needs {', '.join(missing)}: the customer reads them.",
            code="empty",
            problems=[
                Problem(name, "empty", f"“{name}” is empty: write what the customer should read.") for name in missing
            ],
        )
