"""ProgressUpdate: what a customer was told and when they hear again; UpdateDraft: the next one, overdue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, OF_TICKET, AppendOnlyModel, AuditedModel


class ProgressUpdate(AppendOnlyModel):
    """Handbook 'ProgressUpdate': details, next steps, estimate; and the next update, if one was promised."""

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {"details": ERASED, "next_steps": ERASED}

    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="progress_updates", db_index=False)
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    details = models.TextField(_("details"))
    next_steps = models.TextField(_("next steps"))
    estimated_resolution = models.DateTimeField(_("estimated resolution"))
    next_update_at = models.DateTimeField(_("next update promised"), null=True)
    created_at = models.DateTimeField(_("told"))
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["ticket", "-id"], name="progress_of_ticket")]

    def __str__(self) -> str:
        return f"progress on {self.created_at:%Y-%m-%d %H:%M}"


class UpdateDraft(AuditedModel):
    """The next update, begun by the desk when a promised one is late; a person completes and sends it, nobody else."""

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {"details": ERASED, "next_steps": ERASED}

    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="update_drafts", db_index=False)
    details = models.TextField(_("details"))
    next_steps = models.TextField(_("next steps"), blank=True)
    promised_at = models.DateTimeField(_("was promised for"))
    created_at = models.DateTimeField(_("begun"))
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(done_at__isnull=True), name="one_open_draft_a_ticket"
            )
        ]

    def __str__(self) -> str:
        return f"update promised for {self.promised_at:%Y-%m-%d %H:%M}"
