"""Translation: an article in one language; what readers find there is what was published last."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.language import Language
from knowledge.models.article import Article
from knowledge.querysets import TranslationQuerySet


class Translation(AuditedModel):
    """``current`` is the published revision, none before the first. ``title`` to ``plain`` are its words, kept here to
    be searched: PostgreSQL makes ``vector`` of them (see migration 0003_search), by the language's own rules.
    """

    article = models.ForeignKey(Article, models.PROTECT, related_name="translations")
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    slug = models.SlugField(_("slug"), max_length=120, help_text=_("The end of its address."))
    current = models.OneToOneField(
        "knowledge.Revision", models.PROTECT, null=True, blank=True, related_name="shown_by", verbose_name=_("current")
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    keywords = models.TextField(_("keywords"), blank=True)
    plain = models.TextField(_("words without marks"), blank=True)

    objects: ClassVar[models.Manager[Translation]] = TranslationQuerySet.as_manager()

    class Meta:
        ordering = ["article", "language"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["article", "language"], name="one_translation_a_language"),
            models.UniqueConstraint(fields=["language", "slug"], name="one_article_an_address"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} · {self.language} · {self.title or self.slug}"
