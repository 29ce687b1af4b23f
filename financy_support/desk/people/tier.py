"""SupportTier 1–4: who takes what, with which skills, and when to hand it on."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel


class SupportTier(AuditedModel):
    """Handbook 'Support Team Structure'. The number is the key, so that ``ticket.tier_id`` is the tier."""

    is_guide: ClassVar[bool] = True

    number = models.PositiveSmallIntegerField(_("tier"), primary_key=True)
    slug = models.SlugField(_("code"), unique=True, help_text=_("The handbook's word, e.g. tier_1_support."))
    name = models.CharField(_("name"), max_length=100)
    responsibilities = models.JSONField(_("responsibilities"), default=list, blank=True)
    skills_required = models.JSONField(_("skills required"), default=list, blank=True)
    escalation_triggers = models.JSONField(_("escalation triggers"), default=list, blank=True)

    class Meta:
        app_label = "desk"
        ordering = ["number"]
        constraints = [models.CheckConstraint(condition=models.Q(number__range=(1, 4)), name="tier_1_to_4")]

    def __str__(self) -> str:
        return f"Tier {self.number}: {self.name}"
