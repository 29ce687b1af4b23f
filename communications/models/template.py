"""MessageTemplate: prepared wording by purpose, severity, language and channel."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from communications.lint import lint_template
from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.language import Language
from financy_support.desk.people.severity import Severity


class MessageTemplate(AuditedModel):
    """Words with ``{snake_case}`` variables (handbook 'Customer Communication Management').

    An empty severity or channel means any: the most exact match wins.
    """

    is_guide: ClassVar[bool] = True

    purpose = models.SlugField(_("purpose"), max_length=50)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity.choices, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    channel = models.CharField(_("channel"), max_length=50, blank=True, help_text=_("Code of a channel; empty: any."))
    subject = models.CharField(_("subject"), max_length=250)
    body = models.TextField(_("body"))

    class Meta:
        ordering = ["purpose", "severity", "language", "channel"]
        constraints = [
            models.UniqueConstraint(fields=["purpose", "severity", "language", "channel"], name="one_template_a_place")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} · {self.severity or 'any'} · {self.language}"

    def clean(self) -> None:
        """Raise ValidationError naming, beside each field, every problem of these words and the way out."""
        problems = lint_template(purpose=self.purpose, language=self.language, subject=self.subject, body=self.body)
        if problems:
            errors: dict[str, list[ValidationError]] = {}
            for one in problems:
                errors.setdefault(one.field, []).append(ValidationError(one.detail, code=one.code))
            raise ValidationError(errors)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save what has nothing wrong with it, whoever saves."""
        self.clean()
        super().save(*args, **kwargs)
