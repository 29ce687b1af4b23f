"""When a ticket's deadline comes: time in a tier escalates, unread words go by mail, a late update is begun."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.people.user import User
from financy_support.desk.time.deadline_handlers import Passing
from tickets.models import ChatDeadline, TicketDeadline
from tickets.workflow.draft_update import draft_updates
from tickets.workflow.escalate import escalate_by_time
from tickets.workflow.mail_unread import mail_unread
from tickets.workflow.remind_video_call import remind_video_calls


def time_in_tier_is_over(deadlines: list[TicketDeadline], *, passing: Passing, by: User, at: datetime) -> None:
    """Handbook 'time_based'; how long is a row a path. The sweeper holds the tickets' locks."""
    if passing is Passing.BREACH:
        escalate_by_time([deadline.ticket for deadline in deadlines if deadline.is_open], by=by, at=at)


def words_stayed_unread(deadlines: list[ChatDeadline], *, passing: Passing, by: User, at: datetime) -> None:
    """What was said in a chat goes by mail. The sweeper holds the tickets' locks."""
    for deadline in deadlines:
        if passing is Passing.BREACH and deadline.is_open:
            mail_unread(deadline, by=by, at=at)


def promised_update_is_late(deadlines: list[TicketDeadline], *, passing: Passing, by: User, at: datetime) -> None:
    """Silence past a promised update is a breach that begins the next one."""
    if passing is Passing.BREACH:
        draft_updates(deadlines, by=by, at=at)


def video_call_is_near(deadlines: list[TicketDeadline], *, passing: Passing, by: User, at: datetime) -> None:
    """Before its start both are reminded; that nobody said it was held is a fact for the queue."""
    if passing is Passing.WARNING:
        remind_video_calls([deadline.ticket for deadline in deadlines if deadline.is_open], by=by, at=at)
