"""What readers type: the handbook's SEO keywords, each with its article, and words that mean the same."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.language import Language
from knowledge.models.article import Article


class SeoKeyword(AuditedModel):
    """Handbook 'Knowledge Base Management': seo_keywords. Its search finds its article first."""

    is_guide: ClassVar[bool] = True

    phrase = models.CharField(_("phrase"), max_length=100, unique=True)
    article = models.ForeignKey(Article, models.PROTECT, related_name="seo_keywords", verbose_name=_("article"))

    class Meta:
        ordering = ["phrase"]

    def __str__(self) -> str:
        return self.phrase


class Synonym(AuditedModel):
    """Words and short phrases of one language, ``|`` between them, that readers use for the same thing."""

    is_guide: ClassVar[bool] = True

    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    words = models.CharField(_("words"), max_length=500, help_text=_("With | between: “sign in|log in|login”."))

    class Meta:
        ordering = ["language", "words"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["language", "words"], name="synonyms_once")]

    def __str__(self) -> str:
        return self.words


class PinnedResult(AuditedModel):
    """An article that editors put before all others for just these words of one language."""

    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    words = models.CharField(_("words"), max_length=100, help_text=_("As readers type them."))
    article = models.ForeignKey(Article, models.PROTECT, related_name="pinned", verbose_name=_("article"))
    because = models.CharField(_("why"), max_length=300)

    class Meta:
        ordering = ["language", "words"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["language", "words", "article"], name="pinned_once")]

    def __str__(self) -> str:
        return f"{self.words} → {self.article_id}"
