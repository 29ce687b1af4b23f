"""The forms by which a ticket changes hands or place: assign, escalate, severity, category."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from financy_support.desk.people.severity import Severity
from financy_support.desk.people.user import User, UserKind
from tickets.admin.forms import VerbForm, choice, live_only, why, words
from tickets.models import Ticket
from tickets.policy import policy
from tickets.workflow.assign import assign_ticket
from tickets.workflow.change_category import change_category
from tickets.workflow.change_severity import change_severity
from tickets.workflow.escalate import HIGHEST_TIER, escalate_ticket


class Assign(VerbForm):
    """Who works on it."""

    verb, title, icon = "assign", gettext_lazy("Assign"), "person_add"
    button: ClassVar[Any] = gettext_lazy("Assign")
    assignee = choice(gettext_lazy("To"))
    why = why()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [("", _("Nobody")), *self._fitting()]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["assignee"].initial = self.ticket.assignee_id or self.user.pk

    def _fitting(self) -> list[tuple[str, str]]:
        """Agents whom the verb would take, me first; the verb checks again."""
        if self.ticket.is_security:
            fits = Q(memberships__team__is_security=True)
        else:
            fits = Q(memberships__team=self.ticket.team_id) | Q(tier__gte=self.ticket.tier_id)
        fits = Q(is_superuser=True) | Q(fits, kind=UserKind.AGENT)
        agents = User.objects.filter(fits, is_active=True).distinct().order_by("tier", "name", "pk")
        rows = [(str(one.pk), f"{one} · {_('tier %s') % one.tier_id}" if one.tier_id else str(one)) for one in agents]
        return sorted(rows, key=lambda row: row[0] != str(self.user.pk))

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        chosen = self.cleaned_data["assignee"]
        to = User.objects.get(pk=chosen) if chosen else None
        assign_ticket(self.ticket, to=to, by=by, at=at)
        return _("Assigned to %s.") % to if to else _("Nobody works on it now.")


class Escalate(VerbForm):
    """Hand it to more skill."""

    verb, title, icon = "escalate", gettext_lazy("Escalate"), "trending_up"
    button: ClassVar[Any] = gettext_lazy("Escalate")
    is_heard = True
    trigger = choice(gettext_lazy("Trigger that was met"))
    to_tier = choice(gettext_lazy("To tier"))
    team = choice(gettext_lazy("Team"))
    reason = words(gettext_lazy("Reason, for staff"), rows=2)
    handoff = words(
        gettext_lazy("Handoff"),
        rows=4,
        help_text=gettext_lazy("One item a line, “Item: what you know”. It is frozen with the escalation."),
        placeholder=gettext_lazy("Tried so far: …"),
    )
    customer_reason = words(
        gettext_lazy("Reason, as the customer hears it"),
        rows=2,
        help_text=gettext_lazy("In the customer's language; a general sentence when empty."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules, tier = policy(), self.ticket.tier_id
        higher = [number for number in sorted(rules.tiers) if number > tier] or [HIGHEST_TIER]
        others = [team for team in rules.teams.values() if team.pk != self.ticket.team_id]
        teams = [team for team in others if team.tier_id >= min(higher)]
        teams.sort(key=lambda team: (team.tier_id, team.name))
        self._offer("trigger", [(one, one) for one in rules.triggers_in(tier)])
        self._offer("to_tier", [(str(one), str(rules.tiers[one])) for one in higher])
        tier_4 = tier == HIGHEST_TIER
        usual = [] if tier_4 else [("", _("The one that usually takes it"))]
        self._offer("team", [*usual, *((team.slug, f"{team} · {_('tier %s') % team.tier_id}") for team in teams)])

    def _offer(self, field: str, choices: list[tuple[str, str]]) -> None:
        self.fields[field].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        given = self.cleaned_data
        escalation = escalate_ticket(
            self.ticket,
            to_tier=int(given["to_tier"]) if given["to_tier"] else None,
            team=given["team"],
            reason=given["reason"],
            trigger=given["trigger"],
            customer_reason=given["customer_reason"],
            handoff=items_of(given["handoff"]),
            confirm=self.confirmed,
            facts=self.how_sent["facts"],
            by=by,
            at=at,
        )
        return _("Handed to %(team)s in tier %(tier)s.") % {"team": escalation.to_team, "tier": escalation.to_tier_id}


class ChangeSeverity(VerbForm):
    """Promise anew."""

    verb, title, icon = "severity", gettext_lazy("Change severity"), "priority_high"
    button: ClassVar[Any] = gettext_lazy("Change severity")
    hint: ClassVar[Any] = gettext_lazy("Promises are made anew and keep the used time. Raising it routes at once.")
    severity = choice(gettext_lazy("Severity"), Severity.choices)
    reason = words(gettext_lazy("Reason"), rows=2, help_text=gettext_lazy("Joins the history."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["severity"].initial = self.ticket.severity

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        given = self.cleaned_data
        change_severity(self.ticket, severity=given["severity"], reason=given["reason"], by=by, at=at)
        return _("Severity is %s now.") % given["severity"]


class ChangeCategory(VerbForm):
    """What it is about after all."""

    verb, title, icon = "category", gettext_lazy("Change category"), "category"
    button: ClassVar[Any] = gettext_lazy("Change category")
    hint: ClassVar[Any] = gettext_lazy("“Security” hands it to the Security team at once and hides it from others.")
    category = choice(gettext_lazy("Category"))
    why = why()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = sorted(policy().categories.values(), key=lambda row: row.name)
        self.fields["category"].choices = [(row.code, row.name) for row in rows]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["category"].initial = self.ticket.category.code

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        changed = change_category(self.ticket, category=self.cleaned_data["category"], by=by, at=at)
        return _("Category is %s now.") % changed.category


def items_of(text: str) -> dict[str, str]:
    """“Item: words” a line; lines without an item go on with the one before, or stand under “Notes”."""
    items: dict[str, str] = {}
    item = _("Notes")
    for written in text.splitlines():
        head, colon, rest = written.partition(":")
        if colon and rest.strip() and 0 < len(head.strip()) <= 80 and "/" not in head:
            item, written = head.strip(), rest
        items[item] = f"{items.get(item, '')}\n{written.strip()}".strip()
    return {name: words for name, words in items.items() if words}
