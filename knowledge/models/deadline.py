"""ArticleDeadline: what is owed to an article: to be looked over, and to be approved after it was published at once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.time.deadline import Deadline
from knowledge.models.article import Article


class ArticleDuty(models.TextChoices):
    """Handbook 'Knowledge Base Management': maintenance_frequency, regular_reviews, obsolete_content_removal."""

    LOOK_OVER = "look_over", _("look over")
    RELEASE_CHECK = "release_check", _("check with the release")
    QUARTERLY_REVIEW = "quarterly_review", _("quarterly review: still true, still needed?")
    WITHDRAWAL = "withdrawal", _("leave the help centre")
    URGENT_APPROVAL = "urgent_approval", _("approve what was published at once")


class ArticleDeadline(Deadline):
    """One duty on one article; its owner, else the experts of its category, are told when it comes."""

    subject_field: ClassVar[str] = "article"
    subject_related: ClassVar[tuple[str, ...]] = ("category", "owner")

    article = models.ForeignKey(Article, models.PROTECT, related_name="deadlines")

    class Meta:
        ordering = ["due_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at", "id"],
                name="articledeadline_to_look_at",
                condition=models.Q(next_look_at__isnull=False),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["article", "kind"],
                condition=models.Q(met_at__isnull=True, cancelled_at__isnull=True),
                name="one_open_duty_a_kind",
            )
        ]
