"""Team: people with one craft, inside a tier; and who belongs to it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel


class Team(AuditedModel):
    """A resolver group. Tier 4 is five of them; Security is a tier 3 team (design §8, 4 and 26)."""

    is_guide: ClassVar[bool] = True

    slug = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    tier = models.ForeignKey("desk.SupportTier", models.PROTECT, related_name="teams", verbose_name=_("tier"))
    craft = models.TextField(
        _("craft"), blank=True, help_text=_("The tier's responsibility that this team answers for.")
    )
    public_name = models.JSONField(
        _("name as customers read it"), default=dict, help_text=_("One a language: en, pt, es.")
    )
    expertise = models.JSONField(
        _("expertise as customers read it"), default=dict, help_text=_("One a language: en, pt, es.")
    )
    is_default = models.BooleanField(_("takes what its tier is given"), default=False)
    is_security = models.BooleanField(_("sees security tickets, which no other team does"), default=False)

    class Meta:
        app_label = "desk"
        ordering = ["tier", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["tier"], condition=models.Q(is_default=True), name="one_default_team_a_tier"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def public_name_in(self, language: str) -> str:
        return self.public_name.get(language) or self.name

    def expertise_in(self, language: str) -> str:
        return self.expertise.get(language) or self.craft or self.name


class TeamMembership(AuditedModel):
    """One person in one team; a lead hears of what the team misses."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="memberships")
    person = models.ForeignKey("desk.User", models.PROTECT, related_name="memberships")
    is_lead = models.BooleanField(_("lead"), default=False)

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["team", "person"], name="member_of_a_team_once")]

    def __str__(self) -> str:
        return f"{self.person} in {self.team}"
