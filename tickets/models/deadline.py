"""TicketDeadline: one promise on one ticket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import OF_TICKET
from financy_support.desk.time.deadline import Deadline


class DeadlineKind(models.TextChoices):
    FIRST_RESPONSE = "first_response", _("first response")
    NEXT_RESPONSE = "next_response", _("next response")
    RESOLUTION = "resolution", _("resolution")
    TIER_RESPONSE = "tier_response", _("response in tier")
    TIME_IN_TIER = "time_in_tier", _("time in tier")
    CALL_BACK = "call_back", _("call back")
    PROGRESS_UPDATE = "progress_update", _("progress update")
    FOLLOW_UP = "follow_up", _("follow-up")
    VIDEO_CALL = "video_call", _("video call")


class TicketDeadline(Deadline):
    """One promise on one ticket, in one resolution cycle of it."""

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {"last_error": "CASE last_error WHEN '' THEN '' ELSE '[erased]' END"}
    subject_field: ClassVar[str] = "ticket"
    subject_related: ClassVar[tuple[str, ...]] = ("customer", "category")

    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="deadlines")
    cycle = models.PositiveSmallIntegerField(default=1)
    tier = models.ForeignKey("desk.SupportTier", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(
                fields=["next_look_at", "id"],
                include=["ticket"],
                name="ticketdeadline_to_look_at",
                condition=models.Q(next_look_at__isnull=False),
            ),
            models.Index(
                fields=["breached_at"], name="ticketdeadline_breached", condition=models.Q(breached_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind"],
                condition=models.Q(met_at__isnull=True, cancelled_at__isnull=True),
                name="one_open_deadline_a_kind",
            )
        ]
