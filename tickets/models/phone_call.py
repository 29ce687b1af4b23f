"""PhoneCall: one call with a customer, made or missed; its words stand in the ticket's conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import OF_TICKET, AuditedModel
from tickets.models.reply import Reply
from tickets.models.ticket import Ticket


class Direction(models.TextChoices):
    """Who called."""

    INBOUND = "inbound", _("the customer called")
    OUTBOUND = "outbound", _("we called")


class PhoneCall(AuditedModel):
    """A call as a phone system or an agent tells of it. Without a ticket it waits to be placed on one."""

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {"number": "''", "notes": "''"}

    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, related_name="calls", verbose_name=_("ticket"))
    reply = models.OneToOneField(Reply, models.PROTECT, null=True, related_name="call")
    direction = models.CharField(_("direction"), max_length=10, choices=Direction.choices)
    number = models.CharField(_("number"), max_length=32, blank=True)
    is_answered = models.BooleanField(_("answered"))
    duration = models.DurationField(_("duration"))
    notes = models.TextField(_("notes"), blank=True)
    source = models.CharField(_("the phone system's id"), max_length=120, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(_("logged"))
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="+", verbose_name=_("logged by"), db_index=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["-id"], name="call_to_place", condition=models.Q(ticket__isnull=True))]

    def __str__(self) -> str:
        return f"{self.get_direction_display()}, {self.number or 'number withheld'}"
