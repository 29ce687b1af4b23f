"""Phrase: a short wording that verbs put into messages, one a language."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.language import Language


class Phrase(AuditedModel):
    """Words such as the customer-safe reason of an automatic escalation; edited like a template."""

    is_guide: ClassVar[bool] = True

    code = models.SlugField(_("code"), max_length=60)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    text = models.TextField(_("text"))

    class Meta:
        ordering = ["code", "language"]
        constraints = [models.UniqueConstraint(fields=["code", "language"], name="one_phrase_a_language")]

    def __str__(self) -> str:
        return f"{self.code} ({self.language})"
