"""ImportedArticle and Redirect: where an article came from, and its old addresses."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.language import Language
from knowledge.models.article import Article


class ImportSource(models.TextChoices):
    """Handbook 'knowledge_management': knowledge_base, runbook_system, internal_wiki."""

    ZENDESK = "zendesk", "Zendesk Guide"
    GITBOOK = "gitbook", "GitBook"
    NOTION = "notion", "Notion"


class ImportedArticle(AuditedModel):
    """By it the same item, brought again, finds its article. ``arrived`` holds by language the digest of the words that
    came last, and that of the draft they became: an import changes only what changed there, and no hand's work here.
    """

    source = models.CharField(_("source"), max_length=10, choices=ImportSource.choices)
    external_id = models.CharField(_("its id there"), max_length=200)
    article = models.ForeignKey(Article, models.PROTECT, related_name="imported", verbose_name=_("article"))
    arrived = models.JSONField(default=dict)
    imported_at = models.DateTimeField(_("imported"))

    class Meta:
        ordering = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "external_id"], name="an_item_arrives_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"


class Redirect(AuditedModel):
    """An address of an article in another knowledge base; readers who follow it come to the article, if they may."""

    path = models.CharField(_("old path"), max_length=500, unique=True)
    article = models.ForeignKey(Article, models.PROTECT, related_name="redirects", verbose_name=_("article"))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path
