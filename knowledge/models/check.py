"""Check: somebody's word that a revision was tried: technically reviewed, or walked through by sample customers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AppendOnlyModel
from knowledge.models.revision import Revision


class CheckKind(models.TextChoices):
    """Handbook 'Knowledge Base Management': quality_standards."""

    TECHNICAL_REVIEW = "technical_review", _("technical review")
    CUSTOMER_TEST = "customer_test", _("test by sample customers")


class Check(AppendOnlyModel):
    """Person, date, revision, outcome; it holds for the words of that moment (``digest``)."""

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="checks")
    kind = models.CharField(_("kind"), max_length=20, choices=CheckKind.choices)
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    digest = models.CharField(max_length=64)
    passed = models.BooleanField(_("passed"))
    notes = models.TextField(_("what was tried, and what came of it"))

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {'passed' if self.passed else 'failed'}"
