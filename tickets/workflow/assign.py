"""assign_ticket: who works on it."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Invalid
from financy_support.desk.people.user import User
from tickets.in_hand import put_back, require_live, take_ticket
from tickets.models import Status, Ticket
from tickets.news import TicketNews, tell


def assign_ticket(ticket: Ticket, *, to: User | None, by: User, at: datetime) -> Ticket:
    """Give the ticket to an agent, or to nobody (None).

    The assignee must be an active agent of the ticket's tier or above, or of its team; a security ticket goes to
    the security teams only. Raises Invalid, Conflict, NotFound.
    """
    hand = take_ticket(ticket, by=by)
    require_live(hand.ticket, "assigned")
    if to is not None and (reason := why_unfit(hand.ticket, to)):
        raise Invalid(reason, field="assignee")
    hand.ticket.assignee = to
    if to is not None and hand.ticket.status == Status.NEW:
        hand.ticket.status = Status.OPEN
    assigned = put_back(hand, "assignee", "status")
    tell(TicketNews.ASSIGNED, assigned, by=by, at=at)
    return assigned


def why_unfit(ticket: Ticket, agent: User) -> str:
    """Why this person cannot have the ticket; empty when they can."""
    if not agent.is_agent:
        return f"{agent} is no active agent. Choose one."
    if agent.is_superuser:
        return ""
    if ticket.is_security and not agent.memberships.filter(team__is_security=True).exists():
        return f"{agent} is in no security team, and only those see security tickets."
    if (agent.tier_id or 0) < ticket.tier_id and not agent.memberships.filter(team=ticket.team_id).exists():
        return f"{agent} is in tier {agent.tier_id}; this ticket is in tier {ticket.tier_id}."
    return ""
