"""Category: what a ticket is about; each maps to an issue type, and ``security`` routes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel


class IssueType(AuditedModel):
    """Handbook 'Customer Issue Resolution': issue_type."""

    is_guide: ClassVar[bool] = True

    code = models.SlugField(_("code"), unique=True, max_length=60)
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Category(AuditedModel):
    """Design §8, 24."""

    is_guide: ClassVar[bool] = True

    code = models.SlugField(_("code"), unique=True, max_length=40)
    name = models.CharField(_("name"), max_length=100)
    issue_type = models.ForeignKey(IssueType, models.PROTECT, related_name="categories", verbose_name=_("issue type"))
    is_security = models.BooleanField(_("goes to the Security team at once"), default=False)
    specialist_team = models.ForeignKey(
        "desk.Team",
        models.PROTECT,
        related_name="+",
        verbose_name=_("specialist team"),
        help_text=_("Takes it in tier 4 unless somebody names another (design §8, 26)."),
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name
