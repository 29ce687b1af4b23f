"""Practice: one rule of the handbook on how knowledge is written, kept true and heard about, and what keeps it here."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel


class Practice(AuditedModel):
    """``says`` are the handbook's words under ``part`` and ``rule``; ``span`` is what they mean in time, where they do.

    What is owed from now on takes ``span`` from here; what runs already keeps its time.
    Source: handbook 'Knowledge Base Management': content_management, user_feedback.
    """

    is_guide: ClassVar[bool] = True

    part = models.SlugField(_("part"), max_length=50)
    rule = models.SlugField(_("rule"), max_length=50)
    says = models.CharField(_("as the handbook says"), max_length=100)
    span = models.DurationField(_("time"), null=True, blank=True)
    kept_by = models.CharField(_("how it is kept"), max_length=300)

    class Meta:
        ordering = ["part", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part", "rule"], name="one_practice_a_rule"),
            models.CheckConstraint(
                condition=models.Q(span=None)
                | models.Q(span__gte=timedelta(minutes=1), span__lte=timedelta(days=3650)),
                name="a_practice_takes_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part}: {self.rule}"
