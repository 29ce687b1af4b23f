"""change_severity: promise anew with the used time kept; raising it routes at once."""

from __future__ import annotations

from datetime import datetime

from communications.words import words
from financy_support.desk.audit.acting import acting, current_act
from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.severity import Severity
from financy_support.desk.people.user import User
from financy_support.desk.wording import require_words
from tickets.in_hand import InHand, put_back, require_live, take_ticket
from tickets.models import DeadlineKind, Ticket
from tickets.news import TicketNews, tell
from tickets.policy import policy
from tickets.promises import Promise, resolution_promise, response_promise, tier_promises
from tickets.triage import triage
from tickets.workflow.escalate import escalate_by_rule


def change_severity(ticket: Ticket, *, severity: str, reason: str, by: User, at: datetime) -> Ticket:
    """Set another severity, with a reason that joins the history.

    Responses and resolution are re-targeted, paused ones too, with their used time kept; a broken one stays broken;
    time in tier is the path's, not the severity's. A higher severity takes
    the ticket to that severity's tier at once, with an Escalation; a lower one moves nothing back (design §8, 19).
    Raises Invalid, Conflict, NotFound.
    """
    if severity not in Severity.values:
        raise Invalid(f"{severity!r} is no severity. Use one of: {', '.join(Severity.values)}.", field="severity")
    reason = require_words(reason, field="reason", longest=2000)
    with acting(by=by, channel=current_act(by).channel, reason=reason):
        hand = take_ticket(ticket, by=by)
        require_live(hand.ticket, "given another severity")
        if hand.ticket.severity == severity:
            raise Conflict(f"{hand.ticket.reference} is {severity} already.", code="unchanged")
        is_raised = Severity(severity).rank < Severity(hand.ticket.severity).rank
        before, hand.ticket.severity = hand.ticket.severity, severity
        _retarget(hand, at)
        changed = put_back(hand, "severity")
        tell(TicketNews.SEVERITY_CHANGED, changed, severity_before=str(before), by=by, at=at)
        route = triage(policy(), severity=severity, category=changed.category)
        if is_raised and not changed.is_security and route.tier > changed.tier_id:
            escalate_by_rule(changed, route=route, by=by, at=at)
            changed.refresh_from_db()
        return changed


def _retarget(hand: InHand, at: datetime) -> None:
    rules, ticket = policy(), hand.ticket
    channel = words().channels.get(ticket.channel)
    promises = [
        *(
            response_promise(rules, kind=DeadlineKind(one.kind), severity=ticket.severity, channel=channel, at=at)
            for one in hand.owed(DeadlineKind.FIRST_RESPONSE, DeadlineKind.NEXT_RESPONSE)
        ),
        resolution_promise(rules, severity=ticket.severity),
        *tier_promises(rules, severity=ticket.severity, tier=ticket.tier_id),
    ]
    for promise in promises:
        for deadline in hand.owed(promise.kind):
            deadline.retarget(
                promise.target,
                policy_source=promise.source,
                calendar=promise.calendar,
                warn_percent=promise.warn_percent,
                at=at,
            )
    _follow_path(hand, [promise for promise in promises if promise.kind == DeadlineKind.TIME_IN_TIER], at)


def _follow_path(hand: InHand, promises: list[Promise], at: datetime) -> None:
    """A path that is narrowed by severity begins or ends to count with the severity."""
    if not promises:
        for deadline in hand.owed(DeadlineKind.TIME_IN_TIER):
            deadline.cancel(at, "time no longer escalates this severity")
    else:
        hand.start(promises, at)
