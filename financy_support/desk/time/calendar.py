"""BusinessCalendar, OpeningHours, Holiday: the hours in which the desk works, as rows a person can edit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import holidays as public_holidays
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.errors import DeskError
from financy_support.desk.time.clock import Window, WorkingHours


def validate_time_zone(name: str) -> None:
    """Refuse what is not an IANA time zone with ``ValidationError``."""
    if name not in _time_zones():
        raise ValidationError(
            "%(name)s is not an IANA time zone. Give one such as America/Sao_Paulo.",
            code="unknown_time_zone",
            params={"name": name},
        )


class BusinessCalendar(AuditedModel):
    """Which hours count for the promises that name this calendar.

    Source: design question 5. Promises run around the clock unless their row names a calendar; phone and any row
    that says so use the business calendar (shipped as Mon-Fri 09:00-18:00 America/Sao_Paulo, Brazilian holidays).
    Editing a calendar moves no due time that was already set: the past is never rewritten.
    """

    is_guide = True

    name = models.CharField(max_length=100, unique=True)
    time_zone = models.CharField(
        max_length=64, validators=[validate_time_zone], help_text="IANA name, such as America/Sao_Paulo."
    )
    holiday_country = models.CharField(
        max_length=2,
        blank=True,
        help_text="ISO code of the country whose public holidays are days off, such as BR. Blank: none. "
        "Days that are custom rather than law, such as Carnival in Brazil, are holiday rows below.",
    )
    holiday_subdivision = models.CharField(
        max_length=32, blank=True, help_text="State or region with holidays of its own, such as SP. Blank: none."
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
        if self._state.adding or self.time_zone not in _time_zones():  # the field's validator names a bad zone
            return
        try:
            self.working_hours().next_opening(datetime.now(UTC))
        except DeskError as refusal:
            raise ValidationError(refusal.detail, code=refusal.code) from refusal

    def _refuse_unknown_holidays(self) -> None:
        if self.holiday_subdivision and not self.holiday_country:
            raise ValidationError({"holiday_country": "A region needs its country. Give both, or neither."})
        if not self.holiday_country:
            return
        try:
            public_holidays.country_holidays(self.holiday_country)
        except NotImplementedError:
            detail = f"No holidays are known for country {self.holiday_country}. Give an ISO code such as BR, or none."
            raise ValidationError({"holiday_country": detail}) from None
        try:
            public_holidays.country_holidays(self.holiday_country, subdiv=self.holiday_subdivision or None)
        except NotImplementedError:
            detail = (
                f"{self.holiday_country} has no region {self.holiday_subdivision}. Give a code such as SP, or none."
            )
            raise ValidationError({"holiday_subdivision": detail}) from None

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
        MONDAY = 0
        TUESDAY = 1
        WEDNESDAY = 2
        THURSDAY = 3
        FRIDAY = 4
        SATURDAY = 5
        SUNDAY = 6

    is_guide = True

    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices, validators=[MaxValueValidator(6)])
    opens = models.TimeField(help_text="Local time of the calendar.")
    closes = models.TimeField(help_text="Local time; not later than the opening means the next day.")

    class Meta:
        app_label = "desk"
        ordering = ["calendar", "weekday", "opens"]
        verbose_name_plural = "opening hours"
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

    is_guide = True

    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.CASCADE, related_name="holidays")
    day = models.DateField(help_text="Local date of the calendar.")
    name = models.CharField(max_length=100)
    is_working = models.BooleanField(default=False, help_text="The desk works, although it is a public holiday.")

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


@lru_cache(maxsize=1024)
def _public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Days off by law; the library's optional categories (bank, government) are no days off by themselves."""
    if not country:
        return frozenset()
    return frozenset(public_holidays.country_holidays(country, subdiv=subdivision or None, years=year, expand=False))


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    """Read once: the names come from a walk through the zone files."""
    return frozenset(available_timezones())
