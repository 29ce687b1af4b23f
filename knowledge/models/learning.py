"""LearningResource: a video or a course elsewhere that teaches more about an article."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.language import Language
from knowledge.models.article import Article


class LearningKind(models.TextChoices):
    """Handbook 'knowledge_management': video_library and training_platform."""

    VIDEO = "video", _("video")
    COURSE = "course", _("course")


class LearningResource(AuditedModel):
    """Shown below the article to readers of ``language``, to all when it is empty."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="learning")
    kind = models.CharField(_("kind"), max_length=10, choices=LearningKind.choices)
    title = models.CharField(_("title"), max_length=200)
    address = models.URLField(_("address"), max_length=500)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, blank=True)

    class Meta:
        ordering = ["article", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["article", "address", "language"], name="one_address_a_language")
        ]

    def __str__(self) -> str:
        return self.title
