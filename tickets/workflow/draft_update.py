"""draft_updates: a promised update is late, so the desk begins it; a person completes and sends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from communications.words import instant_in, words
from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.user import User
from tickets.in_hand import InHand
from tickets.models import DeadlineKind, ProgressUpdate, TicketDeadline, UpdateDraft


def draft_updates(deadlines: Sequence[TicketDeadline], *, by: User, at: datetime) -> list[UpdateDraft]:
    """Begin the update that each late promise owes, in the customer's language; the sweeper holds the tickets' locks.

    What is new stands as a place to fill in, which the reply guard does not let out: nothing is ever sent by itself.
    A ticket that has a draft keeps it. Source: helpdesk §4, 9 (promise tracking).
    """
    current_act(by)
    tickets = {one.ticket_id: one for one in deadlines if one.is_open and one.ticket.is_live}
    drafted = UpdateDraft.objects.filter(ticket__in=tickets, done_at__isnull=True)
    waiting = set(drafted.values_list("ticket_id", flat=True))
    last = {
        one.ticket_id: one
        for one in ProgressUpdate.objects.filter(ticket__in=tickets).order_by("ticket_id", "-id").distinct("ticket_id")
    }
    drafts = [_draft(deadline, last.get(number), at) for number, deadline in tickets.items() if number not in waiting]
    return UpdateDraft.objects.bulk_create(drafts)


def keep_progress_promise(hand: InHand, by: User, at: datetime) -> None:
    """A person told the customer how far it is: the promised update is given, and its draft is done."""
    if by.is_agent:
        for deadline in hand.owed(DeadlineKind.PROGRESS_UPDATE):
            deadline.meet(at)
    UpdateDraft.objects.filter(ticket=hand.ticket, done_at__isnull=True).update(done_at=at)


def _draft(deadline: TicketDeadline, last: ProgressUpdate | None, at: datetime) -> UpdateDraft:
    ticket = deadline.ticket
    promised_at = deadline.due_at or at
    sorry = words().phrase("late_update", ticket.language)
    when = instant_in(promised_at, ticket.language, ticket.customer.time_zone)
    return UpdateDraft(
        ticket=ticket,
        details=f"{sorry} ({when})\n{{what_is_new}}",
        next_steps=last.next_steps if last else "",
        promised_at=promised_at,
        created_at=at,
    )
