"""Expert: who may approve articles of a category in a language."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.language import Language
from knowledge.models.category import Category


class Expert(AuditedModel):
    """Named by an administrator (handbook: peer_review_plus_expert_approval). Language empty: all three."""

    is_guide: ClassVar[bool] = True

    category = models.ForeignKey(Category, models.PROTECT, related_name="experts", verbose_name=_("category"))
    person = models.ForeignKey("desk.User", models.PROTECT, related_name="+", verbose_name=_("person"))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, blank=True)

    class Meta:
        ordering = ["category", "language", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["category", "person", "language"], name="an_expert_once_a_category")
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.category}"
