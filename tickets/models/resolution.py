"""Resolution: what ended one cycle of a ticket, in the words that the customer got."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, OF_TICKET, AppendOnlyModel


class Resolution(AppendOnlyModel):
    """Handbook 'TicketResolution': summary, actions, prevention, follow-up."""

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {
        "summary": ERASED,
        "actions_taken": ERASED,
        "prevention_measures": ERASED,
        "follow_up": ERASED,
    }

    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="resolutions", db_index=False)
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    summary = models.TextField(_("summary"))
    actions_taken = models.TextField(_("actions taken"))
    prevention_measures = models.TextField(_("prevention"))
    follow_up_required = models.BooleanField(_("follow-up needed"), default=False)
    follow_up = models.TextField(_("follow-up"), blank=True)
    created_at = models.DateTimeField(_("resolved"))
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["ticket", "cycle"], name="one_resolution_a_cycle")]

    def __str__(self) -> str:
        return f"cycle {self.cycle}: {self.summary[:60]}"
