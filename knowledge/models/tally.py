"""Tally and PopularSearch: what readers did, added up every hour, so that no page has to count."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.people.language import Language
from knowledge.models.translation import Translation
from knowledge.querysets import AnsweredQuerySet


class Tally(models.Model):
    """How often searches led to a translation in 90 days, and what readers voted on what is shown of it."""

    translation = models.OneToOneField(Translation, models.CASCADE, related_name="tally")
    reads = models.PositiveIntegerField(_("reads"), default=0)
    helpful = models.PositiveIntegerField(_("found helpful"), default=0)
    votes = models.PositiveIntegerField(_("votes"), default=0)

    class Meta:
        verbose_name_plural = _("tallies")
        indexes: ClassVar = [models.Index(fields=["-reads"], name="tally_most_read")]

    def __str__(self) -> str:
        return f"{self.translation_id}: {self.reads}"


class PopularSearch(models.Model):
    """A question that enough people asked and that ``answer`` answered; shown only where that is shown."""

    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    words = models.CharField(_("asked"), max_length=256)
    asked = models.PositiveIntegerField(_("times"))
    answer = models.ForeignKey(Translation, models.CASCADE, related_name="+", verbose_name=_("read"))

    objects: ClassVar[models.Manager[PopularSearch]] = AnsweredQuerySet.as_manager()

    class Meta:
        ordering = ["language", "-asked", "words"]
        verbose_name_plural = _("popular searches")
        constraints: ClassVar = [models.UniqueConstraint(fields=["language", "words"], name="popular_once")]

    def __str__(self) -> str:
        return self.words
