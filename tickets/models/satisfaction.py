"""SatisfactionRating: one score of a customer for one cycle of a ticket; given once, changed by nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import OF_TICKET, AppendOnlyModel


class SatisfactionRating(AppendOnlyModel):
    """Handbook 'customer_satisfaction': 1 to 5, and what they want to add."""

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {"comment": "CASE comment WHEN '' THEN '' ELSE '[erased]' END"}

    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="ratings", db_index=False)
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    score = models.PositiveSmallIntegerField(_("score"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    comment = models.TextField(_("comment"), blank=True)
    channel = models.CharField(_("channel"), max_length=20, help_text=_("survey: by the link; api: by their log-in."))
    created_at = models.DateTimeField(_("rated"))
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "cycle"], name="one_rating_a_cycle"),
            models.CheckConstraint(condition=models.Q(score__gte=1, score__lte=5), name="score_from_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.score} of 5"
