"""What happens when a ticket's deadline comes: time in a tier escalates; the others are facts for queue and report."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.people.user import User
from financy_support.desk.time.deadline_handlers import Passing
from tickets.models import TicketDeadline
from tickets.workflow.escalate import escalate_by_time


def time_in_tier_is_over(deadlines: list[TicketDeadline], *, passing: Passing, by: User, at: datetime) -> None:
    """Handbook 'time_based'; how long is a row a path. The sweeper holds the tickets' locks."""
    if passing is Passing.BREACH:
        escalate_by_time([deadline.ticket for deadline in deadlines if deadline.is_open], by=by, at=at)
