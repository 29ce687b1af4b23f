"""SearchQuery: what somebody asked the help centre, what they read then, and whether they wrote to us all the same."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.people.language import Language
from knowledge.models.translation import Translation


class SearchQuery(models.Model):
    """One question, its keystrokes collapsed and personal data taken out. No history: it is a log, and is pruned.

    ``is_repeat``: the same browser had asked it within the day. ``visitor`` tells the same browser on the same day, and
    nobody's name (``knowledge/visitors.py``); it goes after a day. ``led_to_ticket``: they wrote to us within half an
    hour.
    """

    visitor = models.CharField(max_length=32, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    words = models.CharField(_("asked"), max_length=256)
    found = models.PositiveIntegerField(_("found"))
    is_guess = models.BooleanField(_("only guesses"), default=False)
    asked_at = models.DateTimeField(_("asked at"))
    read = models.ForeignKey(
        Translation, models.SET_NULL, null=True, related_name="found_by", verbose_name=_("read"), db_index=False
    )
    read_at = models.DateTimeField(_("read at"), null=True)
    is_repeat = models.BooleanField(_("asked again"), default=False)
    led_to_ticket = models.BooleanField(_("wrote to us"), default=False)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("search queries")
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], name="searchquery_asked_at"),
            models.Index(fields=["visitor", "asked_at"], name="searchquery_of", condition=~models.Q(visitor="")),
            models.Index(fields=["read", "asked_at"], name="searchquery_read", condition=models.Q(read__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.words
