"""Article: one answer, whatever its language; its translations hold the words."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from knowledge.models.category import Audience, Category


class Article(AuditedModel):
    """``code`` is its name in links between articles and in imports. ``audience`` empty: its category's.

    ``checked_at`` is when somebody last found it true; ``review_due_at`` when that is due again: from then on it sinks
    in searches, and at ``withdrawn_at`` it has left the help centre until it is checked (design §7 'Upkeep'). The
    addresses of a retired article lead to the one that it was ``replaced_by``.
    """

    category = models.ForeignKey(Category, models.PROTECT, related_name="articles", verbose_name=_("category"))
    code = models.SlugField(_("code"), max_length=80, unique=True)
    audience = models.CharField(_("audience"), max_length=20, choices=Audience.choices, blank=True)
    is_critical = models.BooleanField(
        _("critical"), default=False, help_text=_("May be published at once, with a reason; approved afterwards.")
    )
    owner = models.ForeignKey(
        "desk.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    checked_at = models.DateTimeField(_("checked on"), null=True)
    review_due_at = models.DateTimeField(_("to be checked by"), null=True)
    withdrawn_at = models.DateTimeField(_("left the help centre"), null=True)
    retired_at = models.DateTimeField(_("retired"), null=True)
    retired_because = models.CharField(_("why retired"), max_length=500, blank=True)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name=_("replaced by")
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["category", "position", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(replaced_by=None)
                | models.Q(retired_at__isnull=False) & ~models.Q(replaced_by=models.F("id")),
                name="what_is_replaced_is_retired",
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def read_by(self) -> str:
        """Its audience, its category's when it has none of its own."""
        return self.audience or self.category.audience


class Tag(AuditedModel):
    """A word by which articles are filtered."""

    slug = models.SlugField(_("tag"), unique=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class ArticleTag(AuditedModel):
    """That an article has a tag."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="tagged")
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="tagged")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["article", "tag"], name="a_tag_once_an_article")]

    def __str__(self) -> str:
        return f"{self.article} · {self.tag}"
