"""assign_ticket: who works on it."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Invalid
from financy_support.desk.people.user import User
from tickets.in_hand import put_back, require_live, take_ticket
from tickets.models import Status, Ticket


def assign_ticket(ticket: Ticket, *, to: User | None, by: User, at: datetime) -> Ticket:
    """Give the ticket to an agent, or to nobody (None).

    The assignee must be an active agent of the ticket's tier or above, or of its team; a security ticket goes to
    the Security team only. Raises Invalid, Conflict, NotFound.
    """
    hand = take_ticket(ticket, by=by)
    require_live(hand.ticket, "assigned")
    if to is not None:
        _require_fitting(hand.ticket, to)
    hand.ticket.assignee = to
    if to is not None and hand.ticket.status == Status.NEW:
        hand.ticket.status = Status.OPEN
    return put_back(hand, "assignee", "status")


def _require_fitting(ticket: Ticket, to: User) -> None:
    if not to.is_agent:
        raise Invalid(f"{to} is no active agent. Choose one.", field="assignee")
    in_team = to.is_superuser or to.memberships.filter(team=ticket.team_id).exists()
    if ticket.is_security and not in_team:
        raise Invalid(f"{to} is not in the Security team, which alone sees security tickets.", field="assignee")
    if not in_team and (to.tier_id or 0) < ticket.tier_id:
        raise Invalid(f"{to} is in tier {to.tier_id}; this ticket is in tier {ticket.tier_id}.", field="assignee")
