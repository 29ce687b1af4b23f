"""Business calendars with their opening hours and holidays: the hours in which promises that name them run."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from financy_support.admin_base import DeskAdmin, DeskInline, Who
from financy_support.desk.models import BusinessCalendar, Holiday, OpeningHours


class OpeningHoursInline(DeskInline):
    model = OpeningHours
    seen_by = Who.AGENTS
    written_by = Who.ADMINISTRATORS
    is_deletable = True


class HolidayInline(DeskInline):
    model = Holiday
    seen_by = Who.AGENTS
    written_by = Who.ADMINISTRATORS
    is_deletable = True


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(DeskAdmin):
    """A change moves no due time that was already set."""

    seen_by = Who.AGENTS
    written_by = Who.ADMINISTRATORS
    list_display = ("name", "time_zone", "holiday_country", "holiday_subdivision")
    inlines: ClassVar[Any] = [OpeningHoursInline, HolidayInline]
