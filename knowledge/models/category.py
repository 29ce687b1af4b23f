"""Category: a shelf of the help centre, with whom it is for and how often its articles are looked over."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel


class Audience(models.TextChoices):
    """Handbook 'Knowledge Base Management': target_audience. All but staff are the public (design §8, 12)."""

    NEW_USERS = "new_users", _("new users")
    ALL_USERS = "all_users", _("all users")
    SUPPORT_TEAM = "support_team", _("support team")
    DEVELOPERS = "developers", _("developers")


PUBLIC = (Audience.NEW_USERS, Audience.ALL_USERS, Audience.DEVELOPERS)


class Rhythm(models.TextChoices):
    """Handbook 'Knowledge Base Management': maintenance_frequency; bi_weekly is every 14 days (design §8, 11)."""

    MONTHLY = "monthly", _("monthly")
    BI_WEEKLY = "bi_weekly", _("every 14 days")
    WEEKLY = "weekly", _("weekly")
    WITH_EACH_RELEASE = "with_each_release", _("with each release")

    @property
    def every(self) -> timedelta | None:
        """The time from one look to the next; None when a release asks for it instead."""
        return EVERY.get(self)


EVERY = {Rhythm.MONTHLY: timedelta(days=30), Rhythm.BI_WEEKLY: timedelta(days=14), Rhythm.WEEKLY: timedelta(days=7)}


class Category(AuditedModel):
    """Handbook 'Knowledge Base Management': categories. The audience is the default of its articles."""

    is_guide: ClassVar[bool] = True

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_pt = models.CharField(_("name in Portuguese"), max_length=100)
    name_es = models.CharField(_("name in Spanish"), max_length=100)
    audience = models.CharField(_("audience"), max_length=20, choices=Audience.choices)
    rhythm = models.CharField(_("rhythm"), max_length=20, choices=Rhythm.choices)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    @property
    def every(self) -> timedelta | None:
        """The time from one look at its articles to the next; None when a release asks for it instead."""
        return Rhythm(self.rhythm).every

    def name_in(self, language: str) -> str:
        """Its name for a reader of ``language``."""
        return {"pt": self.name_pt, "es": self.name_es}.get(language, self.name)
