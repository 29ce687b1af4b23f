"""The desk's promises and routes as rows: what is promised, where a ticket goes, what a hold stops."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.severity import Severity
from tickets.models.deadline import DeadlineKind


class SlaMetric(models.TextChoices):
    FIRST_RESPONSE = "first_response", _("first response")
    RESOLUTION = "resolution", _("resolution")
    TIER_RESPONSE = "tier_response", _("response inside a tier")
    FOLLOW_UP = "follow_up", _("follow-up after the resolution")


class SlaTarget(AuditedModel):
    """Handbook 'sla_targets' and each tier's 'response_sla'; around the clock unless a calendar is named."""

    is_guide: ClassVar[bool] = True

    metric = models.CharField(_("metric"), max_length=20, choices=SlaMetric.choices)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity.choices)
    tier = models.ForeignKey("desk.SupportTier", models.PROTECT, null=True, blank=True, related_name="sla_targets")
    target = models.DurationField(_("target"))
    warn_percent = models.PositiveSmallIntegerField(_("warn at percent of target"), default=75)
    calendar = models.ForeignKey("desk.BusinessCalendar", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["metric", "tier", "target"]
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "severity", "tier"], name="one_target_a_place", nulls_distinct=False
            ),
            models.CheckConstraint(condition=models.Q(target__gt=timedelta()), name="sla_target_positive"),
            models.CheckConstraint(
                condition=models.Q(metric=SlaMetric.TIER_RESPONSE, tier__isnull=False)
                | (~models.Q(metric=SlaMetric.TIER_RESPONSE) & models.Q(tier__isnull=True)),
                name="only_tier_response_names_a_tier",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.severity}" + (f" in tier {self.tier_id}" if self.tier_id else "")


class EscalationPath(AuditedModel):
    """Handbook 'automatic_escalation.time_based': how long a ticket may stay in a tier unresolved (design §8, 3)."""

    is_guide: ClassVar[bool] = True

    code = models.SlugField(_("code"), unique=True)
    from_tier = models.OneToOneField("desk.SupportTier", models.PROTECT, related_name="path_up")
    to_tier = models.ForeignKey("desk.SupportTier", models.PROTECT, related_name="paths_in")
    time_in_tier = models.DurationField(_("time in tier"))
    severities = models.JSONField(
        _("severities"), default=list, blank=True, help_text=_("Escalated by time; empty: all of them.")
    )

    class Meta:
        ordering = ["from_tier"]

    def __str__(self) -> str:
        return f"{self.from_tier_id} → {self.to_tier_id}"


class SeverityRoute(AuditedModel):
    """Handbook 'automatic_escalation.severity_based', and the tier in which every other severity starts."""

    is_guide: ClassVar[bool] = True

    applies_to = models.CharField(_("severity or “security”"), max_length=10, unique=True)
    rule = models.SlugField(_("rule"), max_length=60)
    tier = models.ForeignKey("desk.SupportTier", models.PROTECT, related_name="+", verbose_name=_("tier"))
    team = models.ForeignKey("desk.Team", models.PROTECT, related_name="+", verbose_name=_("team"))

    class Meta:
        ordering = ["-tier", "applies_to"]

    def __str__(self) -> str:
        return f"{self.applies_to}: {self.rule}"


class EscalationCriterion(AuditedModel):
    """Handbook 'manual_escalation.criteria': what a person may name as the reason to escalate."""

    is_guide: ClassVar[bool] = True

    text = models.CharField(_("criterion"), max_length=200, unique=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = _("escalation criteria")

    def __str__(self) -> str:
        return self.text


class SatisfactionTarget(AuditedModel):
    """Handbook 'sla_targets.customer_satisfaction': scores of 5, response rate in percent. One row."""

    is_guide: ClassVar[bool] = True

    target_score = models.DecimalField(_("target score"), max_digits=2, decimal_places=1)
    minimum_score = models.DecimalField(_("minimum score"), max_digits=2, decimal_places=1)
    survey_response_rate = models.PositiveSmallIntegerField(_("survey response rate, percent"))

    def __str__(self) -> str:
        return f"{self.target_score} of 5, never below {self.minimum_score}"


class HoldReason(models.TextChoices):
    CUSTOMER = "customer", _("waiting on customer")
    VENDOR = "vendor", _("waiting on vendor")
    INCIDENT = "incident", _("waiting on incident")


class HoldRule(AuditedModel):
    """What a hold stops: hold reason × deadline kind (design §8, 17)."""

    is_guide: ClassVar[bool] = True

    reason = models.CharField(_("hold reason"), max_length=10, choices=HoldReason.choices)
    deadline_kind = models.CharField(_("deadline"), max_length=40, choices=DeadlineKind.choices)

    class Meta:
        ordering = ["reason", "deadline_kind"]
        constraints = [models.UniqueConstraint(fields=["reason", "deadline_kind"], name="one_hold_rule_a_place")]

    def __str__(self) -> str:
        return f"{self.reason} pauses {self.deadline_kind}"
