"""escalate_ticket: a person's hand-over, with every gate; escalate_tickets: the core that rule and time use as well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from communications.send import send_messages
from communications.words import words
from financy_support.desk.audit.acting import acting, current_act
from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.team import Team
from financy_support.desk.people.user import User
from financy_support.desk.wording import require_words
from tickets.in_hand import deadline_of, require_live, take_ticket
from tickets.messages import escalation_draft, internal_escalation_drafts
from tickets.models import DeadlineKind, Escalation, EscalationKind, SlaMetric, Ticket, TicketDeadline
from tickets.news import TicketNews, tell_of_many
from tickets.policy import Policy, policy
from tickets.promises import tier_promises
from tickets.reply_guard import knowingly
from tickets.triage import Route

HIGHEST_TIER = 4
MOST_ITEMS = 20
TIER_DEADLINES = (DeadlineKind.TIER_RESPONSE, DeadlineKind.TIME_IN_TIER)


@dataclass(frozen=True)
class Handover:
    """One ticket (locked by the caller) on its way to ``to_team``, and why."""

    ticket: Ticket
    to_team: Team
    kind: EscalationKind
    trigger: str
    reason: str
    customer_reason: str = ""
    handoff: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)


def escalate_ticket(
    ticket: Ticket,
    *,
    to_tier: int | None = None,
    team: str = "",
    reason: str,
    trigger: str,
    customer_reason: str = "",
    handoff: Mapping[str, str] | None = None,
    confirm: Collection[str] = (),
    facts: Mapping[str, str] | None = None,
    by: User,
    at: datetime,
) -> Escalation:
    """A person hands a ticket to a higher tier, or in tier 4 to another team of specialists.

    Parameters: ``to_tier`` 2–4, the next one when left out or not above the ticket's (design §8, 18); ``team`` the code
    of a team of that tier, else its default, in tier 4 the category's specialists; ``trigger`` one of the tier's
    escalation triggers or manual criteria; ``reason`` for staff, which joins the history; ``customer_reason`` what the
    customer hears, a general sentence when empty; ``handoff`` what goes along, item by item, frozen on the Escalation.
    Raises Invalid naming the field; NeedsConfirmation about the customer's words, unless ``confirm`` names the doubts;
    Unfilled, unless ``facts`` fills it; Conflict in tier 4 when no team is named, when the ticket is not live, when it
    moved since ``ticket`` was read, or when a phrase or template is missing; NotAllowed, NotFound.
    Source: handbook 'escalation_matrix.manual_escalation', 'sendEscalationNotification'.
    """
    reason = require_words(reason, field="reason", longest=5000)
    with acting(by=by, channel=current_act(by).channel, reason=reason):
        hand = take_ticket(ticket, by=by)
        require_live(hand.ticket, "escalated")
        if (hand.ticket.tier_id, hand.ticket.team_id) != (ticket.tier_id, ticket.team_id):
            raise Conflict(f"{ticket.reference} was moved a moment ago. Look at it again.", code="moved")
        rules = policy()
        known = rules.triggers_in(hand.ticket.tier_id)
        if trigger not in known:
            raise Invalid(f"Name the trigger that was met, word for word: {'; '.join(known)}.", field="trigger")
        handover = Handover(
            ticket=hand.ticket,
            to_team=_team_for(hand.ticket, to_tier, team, rules),
            kind=EscalationKind.MANUAL,
            trigger=trigger,
            reason=reason,
            customer_reason=customer_reason.strip(),
            handoff=_checked(handoff or {}),
            facts=facts or {},
        )
        inside = [reason, *handover.handoff.values()]
        said = {"customer_reason": customer_reason}
        with knowingly(hand.ticket, words=said, facts=facts, inside=inside, is_answer=False, confirm=confirm, by=by):
            return escalate_tickets([handover], by=by, at=at)[0]


def escalate_by_rule(ticket: Ticket, *, route: Route, by: User, at: datetime) -> Escalation:
    """Severity or security moves the ticket at once (handbook 'severity_based'); the caller holds its lock."""
    handover = Handover(
        ticket, route.team, route.kind, trigger=route.rule, reason=f"Rule {route.rule} of the handbook."
    )
    return escalate_tickets([handover], by=by, at=at)[0]


def escalate_by_time(tickets: Sequence[Ticket], *, by: User, at: datetime) -> list[Escalation]:
    """Each locked, live ticket whose time in its tier is over goes one tier up (handbook 'time_based')."""
    rules = policy()
    handovers = []
    for ticket in tickets:
        path = rules.path_from(ticket.tier_id, ticket.severity)
        if path and ticket.is_live:
            category = rules.categories[ticket.category.code]
            handovers.append(
                Handover(
                    ticket,
                    rules.team_in(path.to_tier_id, category),
                    EscalationKind.TIME,
                    trigger=path.code,
                    reason=f"Unresolved in tier {ticket.tier_id} for longer than path {path.code} allows.",
                )
            )
    return escalate_tickets(handovers, by=by, at=at)


def escalate_tickets(handovers: Sequence[Handover], *, by: User, at: datetime) -> list[Escalation]:
    """The core, without gates: callers hold the tickets' locks and know them live. As many statements for one as many.

    Writes the Escalations, ends the old tier's deadlines, starts the new tier's, moves the tickets, tells each
    customer and, apart from that, each receiving team, all in the caller's transaction.
    """
    current_act(by)
    rules = policy()
    escalations = [_escalation(handover, rules, by, at) for handover in handovers]
    Escalation.objects.bulk_create(escalations)
    tickets = [handover.ticket for handover in handovers]
    # The old tier's promises end before the new ones start: a ticket has one open deadline a kind. The tickets are
    # moved last, since the same statement reads their queue columns from the deadlines.
    leaving = TicketDeadline.objects.open().filter(ticket__in=tickets, kind__in=TIER_DEADLINES)
    leaving.cancel(at, reason="escalated")
    for handover in handovers:
        _enter(handover.ticket, handover.to_team, at)
    TicketDeadline.objects.bulk_create(
        deadline_of(ticket, promise, at)
        for ticket in tickets
        for promise in tier_promises(rules, severity=ticket.severity, tier=ticket.tier_id)
    )
    _move(tickets, at)
    send_messages(
        [
            escalation_draft(
                one.ticket,
                one,
                promised=rules.target(SlaMetric.TIER_RESPONSE, one.ticket.severity, one.to_tier_id).target,
                facts=handover.facts,
            )
            for one, handover in zip(escalations, handovers, strict=True)
        ]
        + internal_escalation_drafts(escalations),
        by=by,
        at=at,
    )
    moved = ((one.ticket, _told(one)) for one in escalations)
    tell_of_many(TicketNews.ESCALATED, moved, by=by, at=at)
    return escalations


def _told(escalation: Escalation) -> dict[str, Any]:
    return {
        "from_tier": escalation.from_tier_id,
        "kind": str(escalation.kind),
        "trigger": escalation.trigger,
    }


def _team_for(ticket: Ticket, to_tier: int | None, team: str, rules: Policy) -> Team:
    if ticket.tier_id == HIGHEST_TIER and not team:
        raise Conflict(f"{ticket.reference} is with the specialists already; name another of their teams instead.")
    if to_tier is not None and to_tier not in rules.tiers:
        raise Invalid(f"There is no tier {to_tier}. Use 2, 3 or 4.", field="to_tier")
    tier = to_tier if to_tier and to_tier > ticket.tier_id else min(ticket.tier_id + 1, HIGHEST_TIER)
    if not team:
        return rules.team_in(tier, rules.categories[ticket.category.code])
    chosen = rules.teams.get(team)
    fitting = sorted(
        one.slug
        for one in rules.teams.values()
        if one.tier_id == tier and one.pk != ticket.team_id and (one.is_security or not ticket.is_security)
    )
    if chosen is None or chosen.slug not in fitting:
        raise Invalid(f"{team!r} is no other team of tier {tier}. Use one of: {', '.join(fitting)}.", field="team")
    return chosen


def _checked(handoff: Mapping[str, str]) -> dict[str, str]:
    if len(handoff) > MOST_ITEMS:
        raise Invalid(f"{len(handoff)} handoff items; {MOST_ITEMS} is the most.", field="handoff", code="too_many")
    checked = {
        require_words(item, field="handoff", longest=200): require_words(text, field=f"handoff.{item}", longest=20_000)
        for item, text in handoff.items()
    }
    if len(checked) < len(handoff):
        raise Invalid("Two handoff items have the same name. Give each its own.", field="handoff", code="repeated")
    return checked


def _escalation(handover: Handover, rules: Policy, by: User, at: datetime) -> Escalation:
    ticket = handover.ticket
    return Escalation(
        ticket=ticket,
        kind=handover.kind,
        path=rules.path_into(handover.to_team.tier_id) if handover.to_team.tier_id > ticket.tier_id else None,
        from_tier_id=ticket.tier_id,
        to_tier_id=handover.to_team.tier_id,
        from_team_id=ticket.team_id,
        to_team=handover.to_team,
        trigger=handover.trigger,
        reason=handover.reason,
        customer_reason=handover.customer_reason or words().phrase(f"escalated_{handover.kind}", ticket.language),
        handoff=dict(handover.handoff),
        cycle=ticket.cycle,
        created_at=at,
        by=by,
    )


def _enter(ticket: Ticket, team: Team, at: datetime) -> None:
    ticket.team, ticket.tier_id, ticket.assignee, ticket.entered_tier_at = team, team.tier_id, None, at


def _move(tickets: Sequence[Ticket], at: datetime) -> None:
    """One UPDATE a receiving team, queue columns included."""
    by_team: dict[Team, list[int]] = defaultdict(list)
    for ticket in tickets:
        by_team[ticket.team].append(ticket.pk)
    for team, ids in by_team.items():
        Ticket.objects.filter(pk__in=ids).update_in_queue(
            team=team, tier=team.tier_id, assignee=None, entered_tier_at=at
        )
