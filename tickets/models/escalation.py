"""Escalation: a ticket handed to more skill, by whom, why, and which trigger was met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, OF_TICKET, AuditedModel


class EscalationKind(models.TextChoices):
    """Handbook 'escalation_matrix': by time, by severity, to security, or by a person."""

    TIME = "time", _("time in tier")
    SEVERITY = "severity", _("severity")
    SECURITY = "security", _("security")
    MANUAL = "manual", _("by a person")


class Escalation(AuditedModel):
    """One handing over: up, to other specialists of tier 4, or to the security team from any tier.

    The reason is for staff; the customer hears ``customer_reason``. ``path`` is the one into the new tier, if it is up.
    """

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {"reason": ERASED, "customer_reason": ERASED, "handoff": "'{}'"}

    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="escalations")
    kind = models.CharField(_("kind"), max_length=10, choices=EscalationKind.choices)
    path = models.ForeignKey(
        "tickets.EscalationPath", models.PROTECT, null=True, related_name="escalations", db_index=False
    )
    from_tier = models.ForeignKey("desk.SupportTier", models.PROTECT, related_name="+", db_index=False)
    to_tier = models.ForeignKey("desk.SupportTier", models.PROTECT, related_name="+", db_index=False)
    from_team = models.ForeignKey("desk.Team", models.PROTECT, related_name="+", db_index=False)
    to_team = models.ForeignKey("desk.Team", models.PROTECT, related_name="+", db_index=False)
    trigger = models.CharField(_("trigger"), max_length=200, help_text=_("Which trigger or criterion was met."))
    reason = models.TextField(_("reason"), help_text=_("For staff only."))
    customer_reason = models.TextField(_("reason as the customer hears it"))
    handoff = models.JSONField(
        _("handoff"), default=dict, help_text=_("What was given along, item by item, as it was given.")
    )
    cycle = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(_("escalated"))
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="escalations_made")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"tier {self.from_tier_id} → {self.to_tier_id} ({self.kind})"
