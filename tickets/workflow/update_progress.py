"""send_progress_update: tell the customer how far it is, what comes next and by when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from communications.models import Message
from financy_support.desk.errors import Invalid
from financy_support.desk.people.user import User
from financy_support.desk.wording import require_words
from tickets.in_hand import put_back, require_live, take_ticket
from tickets.messages import say_progress
from tickets.models import DeadlineKind, ProgressUpdate, Ticket
from tickets.promises import Promise
from tickets.reply_guard import knowingly
from tickets.workflow.draft_update import keep_progress_promise
from tickets.workflow.reply import keep_response_promises


def send_progress_update(
    ticket: Ticket,
    *,
    details: str,
    next_steps: str,
    estimated_resolution: datetime,
    next_update_at: datetime | None = None,
    seen: int | None = None,
    confirm: Collection[str] = (),
    facts: Mapping[str, str] | None = None,
    by: User,
    at: datetime,
) -> Message:
    """Send details, next steps and an estimate (aware UTC, in the future); written by a person, it answers.

    ``next_update_at`` promises when the customer hears again: a deadline that only the next update by a person, or the
    resolution, keeps; past it the desk begins the next update as a draft and never sends one by itself.

    Raises Invalid naming the field, NeedsConfirmation, Unfilled, Conflict when the ticket is not live, NotFound.
    Source: handbook 'sendProgressUpdate'.
    """
    details = require_words(details, field="details", longest=20_000)
    next_steps = require_words(next_steps, field="next_steps", longest=20_000)
    if estimated_resolution <= at:
        raise Invalid("The estimate lies in the past: give a coming moment.", field="estimated_resolution")
    if next_update_at is not None and next_update_at <= at:
        raise Invalid("The next update lies in the past: promise a coming moment.", field="next_update_at")
    hand = take_ticket(ticket, by=by)
    require_live(hand.ticket, "updated")
    ticket = hand.ticket
    words = {"details": details, "next_steps": next_steps}
    with knowingly(ticket, words=words, facts=facts, seen=seen, confirm=confirm, by=by):
        keep_response_promises(hand, by, at)
        keep_progress_promise(hand, by, at)
        if next_update_at is not None:
            for deadline in hand.owed(DeadlineKind.PROGRESS_UPDATE):
                deadline.cancel(at, "promised anew")
            hand.start(
                [Promise(DeadlineKind.PROGRESS_UPDATE, next_update_at - at, "promised in a progress update")], at
            )
        ProgressUpdate.objects.create(
            ticket=ticket,
            cycle=ticket.cycle,
            details=details,
            next_steps=next_steps,
            estimated_resolution=estimated_resolution,
            next_update_at=next_update_at,
            created_at=at,
            by=by,
        )
        ticket.last_word_by, ticket.last_word_at = "agent", at
        put_back(hand, "first_responded_at", "last_word_by", "last_word_at")
        return say_progress(
            ticket,
            details=details,
            next_steps=next_steps,
            estimated_resolution=estimated_resolution,
            next_update_at=next_update_at,
            facts=facts,
            by=by,
            at=at,
        )
