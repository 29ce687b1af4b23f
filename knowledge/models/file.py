"""ArticleFile: a picture or an attachment of an article, kept as it was when its name was given."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AppendOnlyModel
from knowledge.models.article import Article


class ArticleFile(AppendOnlyModel):
    """Words name it as ``file:<name>``. Whoever signs words has seen what they name: so a name never means another file
    later, and PostgreSQL refuses to change the row. Readers get only what words that they may read name.
    """

    article = models.ForeignKey(Article, models.PROTECT, related_name="files")
    name = models.CharField(_("name"), max_length=80)
    content_type = models.CharField(_("type"), max_length=40)
    size = models.PositiveIntegerField(_("bytes"))
    width = models.PositiveIntegerField(_("width"), null=True)
    height = models.PositiveIntegerField(_("height"), null=True)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    created_at = models.DateTimeField(_("added"))
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["article", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["article", "name"], name="one_file_a_name")]

    def __str__(self) -> str:
        return self.name
