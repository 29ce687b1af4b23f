"""resolve_ticket: document, tell the customer, stop every clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from financy_support.desk.errors import DeskError, Problem
from financy_support.desk.people.user import User
from tickets.in_hand import put_back, require_live, take_ticket
from tickets.messages import say_resolved
from tickets.models import DeadlineKind, Resolution, Status, Ticket
from tickets.news import TicketNews, tell
from tickets.reply_guard import knowingly
from tickets.workflow.assign import why_unfit
from tickets.workflow.draft_update import keep_progress_promise
from tickets.workflow.follow_up import schedule
from tickets.workflow.reply import keep_response_promises

MET_BY_RESOLVING = (DeadlineKind.RESOLUTION, DeadlineKind.TIME_IN_TIER)


def resolve_ticket(
    ticket: Ticket,
    *,
    summary: str,
    actions_taken: str,
    prevention_measures: str,
    follow_up_required: bool = False,
    follow_up: str = "",
    follow_up_schedule: datetime | None = None,
    seen: int | None = None,
    confirm: Collection[str] = (),
    facts: Mapping[str, str] | None = None,
    by: User,
    at: datetime,
) -> Resolution:
    """Resolve a live ticket with words for the customer, which go out in the same transaction.

    Resolution and time-in-tier promises are met. A response still owed is met as well when an agent resolves: the
    resolution message is a person's public words. Resolved by a tool it is cancelled, since nobody answered.

    A follow-up that is needed is put on the books for ``follow_up_schedule``, or for the policy's span after now.

    Raises DeskError naming each missing field, NeedsConfirmation, Unfilled, Conflict, NotFound.
    Source: handbook 'sendResolutionNotification' (summary, actions, prevention, follow-up).
    """
    _require(summary=summary, actions_taken=actions_taken, prevention_measures=prevention_measures)
    if follow_up_required:
        _require(follow_up=follow_up)
    hand = take_ticket(ticket, by=by)
    require_live(hand.ticket, "resolved")
    ticket = hand.ticket
    words = {"summary": summary, "actions_taken": actions_taken, "prevention_measures": prevention_measures}
    words["follow_up"] = follow_up
    with knowingly(ticket, words=words, facts=facts, seen=seen, confirm=confirm, by=by):
        keep_response_promises(hand, by, at)
        keep_progress_promise(hand, by, at)
        for deadline in hand.all_owed():
            if deadline.kind in (DeadlineKind.FOLLOW_UP, DeadlineKind.VIDEO_CALL):
                continue  # agreed for after the resolution
            if deadline.kind in MET_BY_RESOLVING:
                deadline.meet(at)
            else:
                deadline.cancel(at, "resolved before a person of the tier answered")
        ticket.status, ticket.hold_reason, ticket.resolved_at = Status.RESOLVED, "", at
        if ticket.assignee is None and not why_unfit(ticket, by):
            ticket.assignee = by
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
        if follow_up_required:
            schedule(hand, what=follow_up, due_at=follow_up_schedule, owner=None, by=by, at=at)
        put_back(
            hand,
            "status",
            "hold_reason",
            "resolved_at",
            "first_responded_at",
            "assignee",
            "last_word_by",
            "last_word_at",
        )
        say_resolved(ticket, resolution, facts=facts, by=by, at=at)
        tell(TicketNews.RESOLVED, ticket, by=by, at=at)
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
