"""FollowUp: what is owed to a customer after the resolution, by when and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, OF_TICKET, AuditedModel


class FollowUp(AuditedModel):
    """Handbook 'scheduleFollowUp'; it stays on the books until somebody says what came of it."""

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {
        "what": ERASED, "outcome": "CASE outcome WHEN '' THEN '' ELSE '[erased]' END",
    }  # fmt: skip

    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="follow_ups", verbose_name=_("ticket"))
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    what = models.TextField(_("what"))
    due_at = models.DateTimeField(_("due"))
    owner = models.ForeignKey(
        "desk.User", models.PROTECT, null=True, related_name="follow_ups", verbose_name=_("owner")
    )
    created_at = models.DateTimeField(_("agreed"))
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="+", db_index=False)
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.ForeignKey("desk.User", models.PROTECT, null=True, related_name="+", db_index=False)
    outcome = models.TextField(_("what came of it"), blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["due_at", "id"], name="follow_up_open", condition=models.Q(done_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.what[:60]} by {self.due_at:%Y-%m-%d %H:%M}"
