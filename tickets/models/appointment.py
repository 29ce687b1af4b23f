"""VideoAppointment: a video call that was agreed on, as customer and agent have it in their calendars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import OF_TICKET, AuditedModel
from tickets.models.ticket import Ticket


class AppointmentStatus(models.TextChoices):
    PLANNED = "planned", _("planned")
    HELD = "held", _("held")
    MISSED = "missed", _("did not take place")
    CANCELLED = "cancelled", _("cancelled")


class VideoAppointment(AuditedModel):
    """One call on one ticket. ``uid`` stays; ``sequence`` is raised with every change that calendars must follow."""

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {"join_link": "''"}

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="appointments", verbose_name=_("ticket"))
    customer = models.ForeignKey("desk.Customer", models.PROTECT, related_name="+", verbose_name=_("customer"))
    agent = models.ForeignKey("desk.User", models.PROTECT, related_name="appointments", verbose_name=_("agent"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    join_link = models.CharField(_("link to join"), max_length=500)
    status = models.CharField(
        _("status"), max_length=10, choices=AppointmentStatus.choices, default=AppointmentStatus.PLANNED
    )
    uid = models.CharField(max_length=120, unique=True)
    sequence = models.PositiveIntegerField(_("sequence"), default=0)
    reminded_at = models.DateTimeField(_("reminded"), null=True)
    created_at = models.DateTimeField(_("agreed"))

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="call_ends_after_start"),
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(status="planned"), name="one_planned_call_a_ticket"
            ),
        ]
        indexes = [
            models.Index(fields=["agent", "starts_at"], name="call_of_agent", condition=models.Q(status="planned"))
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}, {self.get_status_display()}"
