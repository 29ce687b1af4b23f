"""Triage, pure: severity and category decide which tier and team a ticket starts in or is raised to."""

from __future__ import annotations

from dataclasses import dataclass

from financy_support.desk.people.team import Team
from tickets.models import Category, EscalationKind
from tickets.policy import SECURITY, Policy


@dataclass(frozen=True)
class Route:
    """Where to, and by which rule of the handbook."""

    tier: int
    team: Team
    kind: EscalationKind
    rule: str


def triage(policy: Policy, *, severity: str, category: Category) -> Route:
    """The route of a ticket (handbook 'severity_based': critical → tier 3, high → tier 2, security → Security team).

    Security comes first, at any severity (design §8, 4).
    """
    is_security = category.is_security
    row = policy.routes[SECURITY if is_security else severity]
    kind = EscalationKind.SECURITY if is_security else EscalationKind.SEVERITY
    return Route(row.tier_id, row.team, kind, row.rule)
