"""A business calendar's rows decide which hours count, and rows that make no sense are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from financy_support.desk.time.calendar import BusinessCalendar, Holiday, OpeningHours
from financy_support.desk.time.clock import NoWorkingTime

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
CHRISTMAS = date(2026, 12, 25)  # a Friday


@pytest.fixture(autouse=True)
def in_the_installers_name(db):
    """Every change needs a named actor; who it is does not matter here."""
    with acting(by=system_actor(SystemActor.INSTALLER), channel="test"):
        yield


def make_calendar(windows: str = "09:00-18:00", *, days: range = range(5), **fields: str) -> BusinessCalendar:
    """A saved calendar in Sao Paulo with Brazilian holidays and the same windows on each of ``days``."""
    given = {"name": "Night desk", "time_zone": "America/Sao_Paulo", "holiday_country": "BR"} | fields
    calendar = BusinessCalendar.objects.create(**given)
    edges = [[time.fromisoformat(edge) for edge in window.split("-")] for window in windows.split()]
    OpeningHours.objects.bulk_create(
        OpeningHours(calendar=calendar, weekday=day, opens=opens, closes=closes)
        for day in days
        for opens, closes in edges
    )
    return calendar


def local(text: str, zone: str = "America/Sao_Paulo") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


# What the rows mean ----------------------------------------------------------------------------------------------


def test_the_shipped_calendar_is_nine_to_six_in_sao_paulo_without_brazilian_holidays():
    hours = BusinessCalendar.objects.get().working_hours()
    assert hours.next_opening(local("2026-05-09 12:00")) == local("2026-05-11 09:00")
    assert hours.working_between(local("2026-05-11 00:00"), local("2026-05-18 00:00")) == 5 * 9 * HOUR
    independence_day = local("2026-09-07 10:00")  # a Monday
    assert not hours.is_open(independence_day)
    assert hours.advance(local("2026-09-04 17:30"), HOUR) == local("2026-09-08 09:30")


def test_carnival_is_a_working_day_until_a_row_makes_it_a_day_off():
    calendar = make_calendar()
    friday = local("2026-02-13 17:30")
    assert calendar.working_hours().advance(friday, HOUR) == local("2026-02-16 09:30")
    for day in (16, 17):
        Holiday.objects.create(calendar=calendar, day=date(2026, 2, day), name="Carnival")
    assert calendar.working_hours().advance(friday, HOUR) == local("2026-02-18 09:30")


def test_a_public_holiday_can_be_worked():
    calendar = make_calendar()
    assert not calendar.working_hours().is_open(local("2026-12-25 10:00"))
    Holiday.objects.create(calendar=calendar, day=CHRISTMAS, name="Christmas duty", is_working=True)
    assert calendar.working_hours().is_open(local("2026-12-25 10:00"))


def test_a_worked_day_opens_no_hours_that_its_weekday_does_not_have():
    calendar = make_calendar()
    Holiday.objects.create(calendar=calendar, day=date(2026, 12, 26), name="Saturday", is_working=True)
    assert not calendar.working_hours().is_open(local("2026-12-26 10:00"))


def test_a_region_has_holidays_of_its_own():
    revolution_day = local("2026-07-09 10:00")  # a holiday of the state of Sao Paulo only
    assert make_calendar().working_hours().is_open(revolution_day)
    regional = make_calendar(name="State", holiday_subdivision="SP")
    assert not regional.working_hours().is_open(revolution_day)


def test_without_a_country_no_day_is_off():
    assert make_calendar(holiday_country="").working_hours().is_open(local("2026-12-25 10:00"))


def test_a_day_has_as_many_windows_as_rows_and_a_night_shift_ends_the_next_day():
    hours = make_calendar("09:00-12:00 13:00-18:00 22:00-02:00", time_zone="Europe/Madrid").working_hours()
    start, end = local("2026-05-11 00:00", "Europe/Madrid"), local("2026-05-12 03:00", "Europe/Madrid")
    assert hours.working_between(start, end) == 12 * HOUR
    assert hours.is_open(local("2026-05-12 01:59", "Europe/Madrid"))
    assert not hours.is_open(local("2026-05-12 02:00", "Europe/Madrid"))


def test_equal_calendars_describe_equal_hours_and_so_share_one_cache():
    one, other = make_calendar().working_hours(), make_calendar(name="Twin").working_hours()
    assert one == other
    assert hash(one) == hash(other)


def test_two_queries_describe_a_calendar_and_none_when_prefetched(django_assert_num_queries):
    calendar = make_calendar()
    with django_assert_num_queries(2):
        calendar.working_hours()
    prefetched = BusinessCalendar.objects.prefetch_related("opening_hours", "holidays").get(pk=calendar.pk)
    with django_assert_num_queries(0):
        prefetched.working_hours()


# Refusals --------------------------------------------------------------------------------------------------------


def test_a_calendar_without_opening_hours_is_refused_with_the_way_out():
    calendar = make_calendar(days=range(0))
    with pytest.raises(NoWorkingTime, match="Add opening hours"):
        calendar.working_hours()
    with pytest.raises(ValidationError, match="Add opening hours"):
        calendar.full_clean()


def test_a_new_calendar_may_wait_for_its_opening_hours():
    BusinessCalendar(name="New", time_zone="Europe/Lisbon", holiday_country="pt").full_clean()


def test_a_calendar_with_hours_is_accepted_and_its_country_written_in_capitals():
    calendar = make_calendar()
    calendar.holiday_country = "br"
    calendar.full_clean()
    assert calendar.holiday_country == "BR"


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("time_zone", {"time_zone": "America/Brasilia"}),
        ("time_zone", {"time_zone": "America"}),
        ("time_zone", {"time_zone": "../etc/passwd"}),
        ("time_zone", {"time_zone": ""}),
        ("holiday_country", {"holiday_country": "XX"}),
        ("holiday_country", {"holiday_country": "", "holiday_subdivision": "SP"}),
        ("holiday_subdivision", {"holiday_subdivision": "XX"}),
    ],
)
def test_an_unknown_zone_country_or_region_is_refused_beside_its_field(field: str, fields: dict[str, str]):
    calendar = make_calendar()
    for name, value in fields.items():
        setattr(calendar, name, value)
    with pytest.raises(ValidationError) as refusal:
        calendar.full_clean()
    assert list(refusal.value.message_dict) == [field]


def test_a_calendars_name_an_opening_and_a_day_are_each_there_once():
    calendar = make_calendar()
    Holiday.objects.create(calendar=calendar, day=CHRISTMAS, name="Christmas")
    for again in [
        lambda: BusinessCalendar.objects.create(name=calendar.name, time_zone="UTC"),
        lambda: OpeningHours.objects.create(calendar=calendar, weekday=0, opens=time(9), closes=time(12)),
        lambda: Holiday.objects.create(calendar=calendar, day=CHRISTMAS, name="Christmas again"),
    ]:
        with pytest.raises(IntegrityError), transaction.atomic():
            again()


def test_there_is_no_eighth_weekday():
    wrong = OpeningHours(calendar=make_calendar(), weekday=7, opens=time(9), closes=time(18))
    with pytest.raises(ValidationError) as refusal:
        wrong.full_clean()
    assert "weekday" in refusal.value.message_dict
    with pytest.raises(IntegrityError), transaction.atomic():
        wrong.save()
