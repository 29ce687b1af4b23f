"""The desk's ticket policy in force, kept in memory per guide edition: routes, targets, paths, hold rules."""

from __future__ import annotations

from dataclasses import dataclass

from financy_support.desk.audit.guide_edition import once_per_edition
from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.team import Team
from financy_support.desk.people.tier import SupportTier
from tickets.models import (
    Category,
    ChatRule,
    EscalationCriterion,
    EscalationPath,
    HoldRule,
    SeverityRoute,
    SlaTarget,
)

SECURITY = "security"
HOURS = ("calendar__opening_hours", "calendar__holidays")  # so that a promise counts its hours without asking again


@dataclass(frozen=True)
class Policy:
    """Guide rows by the key that verbs ask for; read-only."""

    categories: dict[str, Category]
    routes: dict[str, SeverityRoute]
    targets: dict[tuple[str, str, int | None], SlaTarget]
    paths: dict[int, EscalationPath]
    pauses: frozenset[tuple[str, str]]
    tiers: dict[int, SupportTier]
    teams: dict[str, Team]
    default_teams: dict[int, Team]
    criteria: tuple[str, ...]
    chat: ChatRule

    def category(self, code: str) -> Category:
        """Raises Invalid with the known codes."""
        found = self.categories.get(code)
        if found is None:
            raise Invalid(f"No category {code!r}. Use one of: {', '.join(sorted(self.categories))}.", field="category")
        return found

    def team(self, pk: int) -> Team:
        return next(team for team in self.teams.values() if team.pk == pk)

    def target(self, metric: str, severity: str, tier: int | None = None) -> SlaTarget:
        return self.targets[(metric, severity, tier)]

    def path_from(self, tier: int, severity: str) -> EscalationPath | None:
        """The path on which time moves a ticket of this severity out of ``tier``."""
        path = self.paths.get(tier)
        return path if path and (not path.severities or severity in path.severities) else None

    def path_into(self, tier: int) -> EscalationPath | None:
        return next((path for path in self.paths.values() if path.to_tier_id == tier), None)

    def team_in(self, tier: int, category: Category) -> Team:
        """Who takes a ticket of ``category`` in ``tier``: the specialists of its craft in tier 4, else the default.

        A security ticket goes to a security team, whatever the rows say. Raises Conflict when the tier has none.
        """
        team = category.specialist_team if tier == 4 else self.default_teams[tier]
        if not category.is_security or team.is_security:
            return team
        trusted = sorted(one.slug for one in self.teams.values() if one.tier_id == tier and one.is_security)
        if not trusted:
            raise Conflict(f"Tier {tier} has no security team. Mark one before.", code="no_security_team")
        return self.teams[trusted[0]]

    def triggers_in(self, tier: int) -> list[str]:
        """What a person may name as reason to escalate out of ``tier`` (handbook 'escalation_triggers', 'criteria')."""
        return [*self.tiers[tier].escalation_triggers, *self.criteria]


@once_per_edition
def policy() -> Policy:
    """The policy in force in the current act."""
    teams = {team.slug: team for team in Team.objects.select_related("tier")}
    return Policy(
        categories={row.code: row for row in Category.objects.select_related("issue_type", "specialist_team__tier")},
        routes={row.applies_to: row for row in SeverityRoute.objects.select_related("tier", "team")},
        targets={(row.metric, row.severity, row.tier_id): row for row in SlaTarget.objects.prefetch_related(*HOURS)},
        paths={row.from_tier_id: row for row in EscalationPath.objects.all()},
        pauses=frozenset(HoldRule.objects.values_list("reason", "deadline_kind")),
        tiers={tier.number: tier for tier in SupportTier.objects.all()},
        teams=teams,
        default_teams={team.tier_id: team for team in teams.values() if team.is_default},
        criteria=tuple(EscalationCriterion.objects.order_by("id").values_list("text", flat=True)),
        chat=ChatRule.objects.get(pk=1),
    )
