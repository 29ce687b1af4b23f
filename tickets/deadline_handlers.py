"""What happens when a ticket's deadline comes: time in a tier escalates, unread words go by mail; others are facts."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.people.user import User
from financy_support.desk.time.deadline_handlers import Passing
from tickets.models import ChatDeadline, TicketDeadline
from tickets.workflow.escalate import escalate_by_time
from tickets.workflow.mail_unread import mail_unread


def time_in_tier_is_over(deadlines: list[TicketDeadline], *, passing: Passing, by: User, at: datetime) -> None:
    """Handbook 'time_based'; how long is a row a path. The sweeper holds the tickets' locks."""
    if passing is Passing.BREACH:
        escalate_by_time([deadline.ticket for deadline in deadlines if deadline.is_open], by=by, at=at)


def words_stayed_unread(deadlines: list[ChatDeadline], *, passing: Passing, by: User, at: datetime) -> None:
    """What was said in a chat goes by mail. The sweeper holds the tickets' locks."""
    for deadline in deadlines:
        if passing is Passing.BREACH and deadline.is_open:
            mail_unread(deadline, by=by, at=at)
