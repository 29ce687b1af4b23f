"""change_category: what the ticket is about after all; security goes to the Security team at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from financy_support.desk.errors import Conflict, NotAllowed
from financy_support.desk.people.user import User
from tickets.in_hand import put_back, require_live, take_ticket
from tickets.models import Ticket
from tickets.policy import policy
from tickets.triage import triage
from tickets.workflow.escalate import HIGHEST_TIER, escalate_by_rule


def change_category(ticket: Ticket, *, category: str, by: User, at: datetime) -> Ticket:
    """Set another category by its code, and its issue type with it.

    A category that is security hands the ticket to the Security team, in tier 4 to its security
    specialists, whatever the severity (design §8, 4). Only the
    Security team and administrators may take that mark away again.
    Raises Invalid naming the known codes, Conflict, NotAllowed, NotFound.
    """
    rules = policy()
    chosen = rules.category(category)
    hand = take_ticket(ticket, by=by)
    ticket = hand.ticket
    require_live(ticket, "given another category")
    if ticket.category_id == chosen.pk:
        raise Conflict(f"{ticket.reference} is {chosen.code} already.", code="unchanged")
    if ticket.is_security and not chosen.is_security and not _is_security_staff(by):
        raise NotAllowed("Only the Security team takes the security mark off a ticket. Ask them.")
    becomes_security = chosen.is_security and not ticket.is_security
    ticket.category, ticket.issue_type, ticket.is_security = chosen, chosen.issue_type, chosen.is_security
    changed = put_back(hand, "category", "issue_type", "is_security")
    if becomes_security:
        route = triage(rules, severity=ticket.severity, category=chosen)
        if changed.tier_id == HIGHEST_TIER:
            route = replace(route, team=rules.team_in(HIGHEST_TIER, chosen))
        escalate_by_rule(changed, route=route, by=by, at=at)
        changed.refresh_from_db()
    return changed


def _is_security_staff(by: User) -> bool:
    return by.is_superuser or by.memberships.filter(team__is_security=True).exists()
