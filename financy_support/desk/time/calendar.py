"""BusinessCalendar, OpeningHours, Holiday: the hours in which the desk works, as rows a person can edit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import ClassVar
from zoneinfo import ZoneInfo

import holidays as public_holidays
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.errors import DeskError
from financy_support.desk.people.time_zone import validate_time_zone
from financy_support.desk.time.clock import Window, WorkingHours


class BusinessCalendar(AuditedModel):
    """Which hours count for the promises that name this calendar.

    Source: design question 5. Promises run around the clock unless their row names a calendar; phone and any row
    that says so use the business calendar (shipped as Mon-Fri 09:00-18:00 America/Sao_Paulo, Brazilian holidays).
    Editing a calendar moves no due time that was already set: the past is never rewritten.
    """

    is_guide: ClassVar[bool] = True

    name = models.CharField(_("name"), max_length=100, unique=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        validators=[validate_time_zone],
        help_text=_("IANA name, such as America/Sao_Paulo."),
    )
    holiday_country = models.CharField(
        _("country of the public holidays"),
        max_length=2,
        blank=True,
        help_text=_(
            "ISO code of the country whose public holidays are days off, such as BR. Blank: none. "
            "Days that are custom rather than law, such as Carnival in Brazil, are holiday rows of their own."
        ),
    )
    holiday_subdivision = models.CharField(
        _("region of the public holidays"),
        max_length=32,
        blank=True,
        help_text=_("State or region with holidays of its own, such as SP. Blank: none."),
    )

    class Meta:
        app_label = "desk"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def working_hours(self) -> WorkingHours:
        """The pure description that counts time for this calendar.

        Two queries; none where ``opening_hours`` and ``holidays`` were prefetched.
        Raises ``NoWorkingTime`` while the calendar has no opening hours.
        """
        windows = frozenset(Window(row.weekday, row.opens, row.closes) for row in self.opening_hours.all())
        return WorkingHours(ZoneInfo(self.time_zone), windows, self._days_off(self.holidays.all()))

    def clean(self) -> None:
        """Refuse a country or region without known holidays, and hours in which no work could ever be done.

        A calendar that is being added has no rows yet; whoever adds it asks for its opening hours in the same form.
        """
        super().clean()
        self.holiday_country = self.holiday_country.upper()
        self._refuse_unknown_holidays()
        if self._state.adding:
            return
        try:
            self.working_hours().next_opening(datetime.now(UTC))
        except DeskError as refusal:
            raise ValidationError(refusal.detail, code=refusal.code) from refusal
        except (ValueError, OSError, LookupError):
            return  # not a time zone: the field's own validator says so, beside the field

    def _refuse_unknown_holidays(self) -> None:
        country, region = self.holiday_country, self.holiday_subdivision
        if region and not country:
            raise ValidationError({"holiday_country": _("A region needs its country. Give both, or neither.")})
        if country and not _has_holidays(country):
            detail = _("No holidays are known for country %(country)s. Give an ISO code such as BR, or none.")
            raise ValidationError({"holiday_country": ValidationError(detail, "unknown_country", {"country": country})})
        if region and not _has_holidays(country, region):
            detail = _("%(country)s has no region %(region)s. Give a code such as SP, or none.")
            params = {"country": country, "region": region}
            raise ValidationError({"holiday_subdivision": ValidationError(detail, "unknown_region", params)})

    def _days_off(self, rows: Iterable[Holiday]) -> DaysOff:
        local = {row.day: row.is_working for row in rows}
        return DaysOff(
            country=self.holiday_country,
            subdivision=self.holiday_subdivision,
            closed=frozenset(day for day, is_working in local.items() if not is_working),
            worked=frozenset(day for day, is_working in local.items() if is_working),
        )


class OpeningHours(AuditedModel):
    """One stretch of a weekday in which the desk works; a day may have several, a lunch break between them.

    Source: design question 5. A closing time that is not later than the opening means the next day, so
    22:00-06:00 is a night shift and 00:00-00:00 the whole day. Stretches that overlap count once.
    """

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    is_guide: ClassVar[bool] = True

    calendar = models.ForeignKey(BusinessCalendar, models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    opens = models.TimeField(_("opens"), help_text=_("Local time of the calendar."))
    closes = models.TimeField(_("closes"), help_text=_("Local time; not later than the opening means the next day."))

    class Meta:
        app_label = "desk"
        ordering = ["calendar", "weekday", "opens"]
        verbose_name_plural = _("opening hours")
        constraints = [
            models.UniqueConstraint(fields=["calendar", "weekday", "opens"], name="opening_hours_once"),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="opening_hours_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class Holiday(AuditedModel):
    """A day that differs from the country's public holidays: a local day off, or a holiday the desk works.

    Source: design question 5. A day off removes the hours that open on it; a night shift that opened the evening
    before still runs to its end. A worked holiday keeps the hours of its weekday.
    """

    is_guide: ClassVar[bool] = True

    calendar = models.ForeignKey(BusinessCalendar, models.CASCADE, related_name="holidays")
    day = models.DateField(_("day"), help_text=_("Local date of the calendar."))
    name = models.CharField(_("name"), max_length=100)
    is_working = models.BooleanField(
        _("the desk works"), default=False, help_text=_("The desk works, although it is a public holiday.")
    )

    class Meta:
        app_label = "desk"
        ordering = ["calendar", "day"]
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="holiday_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


@dataclass(frozen=True)
class DaysOff:
    """The days off of one calendar as a value: two equal calendars share one cache of the clock."""

    country: str
    subdivision: str
    closed: frozenset[date]
    worked: frozenset[date]

    def __call__(self, day: date) -> bool:
        """Whether the desk is closed on this local day; a local row beats the public holiday."""
        if day in self.closed:
            return True
        return day not in self.worked and day in _public_holidays(self.country, self.subdivision, day.year)


def _has_holidays(country: str, region: str | None = None) -> bool:
    try:
        public_holidays.country_holidays(country, subdiv=region)
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=1024)
def _public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Days off by law; the library's optional categories (bank, government) are no days off by themselves."""
    if not country:
        return frozenset()
    return frozenset(public_holidays.country_holidays(country, subdiv=subdivision or None, years=year, expand=False))
