"""follow_up_ticket and complete_follow_up: what is owed after the resolution, on the books until it is done."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict, Invalid, NotFound
from financy_support.desk.people.user import User
from financy_support.desk.wording import require_words
from tickets.in_hand import InHand, put_back, take_ticket
from tickets.models import DeadlineKind, FollowUp, SlaMetric, Ticket
from tickets.policy import policy
from tickets.promises import Promise


def follow_up_ticket(
    ticket: Ticket, *, what: str, due_at: datetime | None = None, owner: User | None = None, by: User, at: datetime
) -> FollowUp:
    """Agree to come back to the customer: what, by when (the policy's span for the severity when left out), by whom.

    Raises Invalid for empty words, a moment that has passed or an owner who is no agent; Conflict when the customer
    was erased; NotAllowed, NotFound. Source: handbook 'scheduleFollowUp'.
    """
    hand = take_ticket(ticket, by=by)
    follow_up = schedule(hand, what=what, due_at=due_at, owner=owner, by=by, at=at)
    put_back(hand)
    return follow_up


def complete_follow_up(ticket: Ticket, *, follow_up: int, outcome: str, by: User, at: datetime) -> FollowUp:
    """Say what came of it; the deadline of the next one runs on. Raises Conflict when it is done, Invalid, NotFound."""
    outcome = require_words(outcome, field="outcome", longest=20_000)
    hand = take_ticket(ticket, by=by)
    found = FollowUp.objects.filter(ticket=hand.ticket, pk=follow_up).first()
    if found is None:
        raise NotFound
    if found.done_at:
        raise Conflict("This follow-up is done already.", code="done")
    found.outcome, found.done_at, found.done_by = outcome, at, by
    found.save(update_fields=["outcome", "done_at", "done_by"])
    _watch_earliest(hand, at, is_met=True)
    put_back(hand)
    return found


def schedule(
    hand: InHand, *, what: str, due_at: datetime | None, owner: User | None, by: User, at: datetime
) -> FollowUp:
    """The row and its deadline, for a ticket in hand: also used by the resolution."""
    what = require_words(what, field="what", longest=20_000)
    ticket = hand.ticket
    if ticket.customer.erased_at:
        raise Conflict(
            f"{ticket.reference} is of an erased customer: there is nobody to follow up with.", code="erased"
        )
    if owner is not None and not owner.is_agent:
        raise Invalid(f"{owner} is no active agent. Choose one.", field="owner")
    due_at = due_at or at + policy().target(SlaMetric.FOLLOW_UP, ticket.severity).target
    if due_at <= at:
        raise Invalid("This moment has passed: give a coming one.", field="due_at")
    owner = owner or ticket.assignee or (by if by.is_agent else None)
    follow_up = FollowUp.objects.create(
        ticket=ticket, cycle=ticket.cycle, what=what, due_at=due_at, owner=owner, created_at=at, by=by
    )
    _watch_earliest(hand, at)
    return follow_up


def _watch_earliest(hand: InHand, at: datetime, *, is_met: bool = False) -> None:
    """One deadline of the kind is open: that of the earliest follow-up still owed."""
    first = FollowUp.objects.filter(ticket=hand.ticket, done_at__isnull=True).order_by("due_at", "id").first()
    for deadline in hand.owed(DeadlineKind.FOLLOW_UP):
        if first is not None and deadline.due_at == first.due_at:
            return
        if is_met:
            deadline.meet(at)
        else:
            deadline.cancel(at, "an earlier follow-up was agreed")
    if first is not None:
        start = min(at, first.due_at)
        hand.start([Promise(DeadlineKind.FOLLOW_UP, first.due_at - start, f"follow-up {first.pk}")], start)
