"""Channel: a way of saying things, when it is open, how fast it answers, in which languages."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.language import Language


class Availability(models.TextChoices):
    """Handbook 'communication_channels'."""

    ALWAYS = "24/7", _("around the clock")
    BUSINESS_HOURS = "business_hours", _("business hours")
    BY_APPOINTMENT = "by_appointment", _("by appointment")


class Channel(AuditedModel):
    """Handbook 'communication_channels'. ``kind`` names the file in ``communications/channels`` that delivers."""

    is_guide: ClassVar[bool] = True

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20)
    availability = models.CharField(_("availability"), max_length=20, choices=Availability.choices)
    response_time = models.DurationField(_("response time"), null=True, blank=True)
    is_immediate = models.BooleanField(
        _("answered at once"), default=False, help_text=_("“immediate” in the handbook.")
    )
    call_back_within = models.DurationField(
        _("call back within"),
        null=True,
        blank=True,
        help_text=_("After a call that nobody answered; empty: no promise."),
    )
    remind_before = models.DurationField(
        _("remind before"), null=True, blank=True, help_text=_("How long before an appointment; empty: no reminder.")
    )
    fallback_rank = models.PositiveSmallIntegerField(
        _("stands in as number"),
        null=True,
        blank=True,
        help_text=_("When the channel that a customer prefers cannot be used: 1 first. Empty: only who wishes it."),
    )
    languages = models.JSONField(_("languages"), default=list, help_text=_("english, portuguese, spanish"))
    calendar = models.ForeignKey("desk.BusinessCalendar", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def promised_response(self) -> timedelta | None:
        """How soon somebody answers here; zero for “immediate”, None when the channel promises nothing."""
        return timedelta() if self.is_immediate else self.response_time

    def speaks(self, language: str) -> bool:
        """Whether messages in ``language`` (en, pt, es) may go out here."""
        return Language(language).name.lower() in self.languages
