"""Working time is counted exactly: examples to read, and properties held against a minute-by-minute oracle."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financy_support.desk.errors import DeskError
from financy_support.desk.time.clock import AROUND_THE_CLOCK, NoWorkingTime, Window, WorkingHours

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
LISBON = ZoneInfo("Europe/Lisbon")
MADRID = ZoneInfo("Europe/Madrid")
NEW_YORK = ZoneInfo("America/New_York")
HOUR, MINUTE, ZERO = timedelta(hours=1), timedelta(minutes=1), timedelta(0)


def hours(
    text: str, *, days: range = range(5), zone: ZoneInfo = SAO_PAULO, off: frozenset[date] = frozenset()
) -> WorkingHours:
    """Working hours from words: hours("09:00-12:00 13:00-18:00") is Monday to Friday with a lunch break."""
    edges = [[time.fromisoformat(edge) for edge in window.split("-")] for window in text.split()]
    return WorkingHours(zone, frozenset(Window(day, *pair) for day in days for pair in edges), off)


def local(text: str, zone: ZoneInfo = SAO_PAULO, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Examples --------------------------------------------------------------------------------------------------------


def test_an_hour_from_friday_half_past_five_ends_on_monday_half_past_nine():
    assert hours("09:00-18:00").advance(local("2026-05-08 17:30"), HOUR) == local("2026-05-11 09:30")


def test_a_days_work_ends_at_closing_time_and_not_at_the_next_opening():
    assert hours("09:00-18:00").advance(local("2026-05-11 09:00"), 9 * HOUR) == local("2026-05-11 18:00")


def test_work_started_on_a_sunday_is_counted_from_monday():
    assert hours("09:00-18:00").advance(local("2026-05-10 23:00"), HOUR) == local("2026-05-11 10:00")


def test_no_work_ends_where_it_starts_even_while_closed():
    assert hours("09:00-18:00").advance(local("2026-05-10 23:00"), ZERO) == local("2026-05-10 23:00")


def test_carnival_monday_and_tuesday_are_passed_over():
    carnival = frozenset({date(2026, 2, 16), date(2026, 2, 17)})
    desk = hours("09:00-18:00", off=carnival)
    assert desk.advance(local("2026-02-13 17:30"), HOUR) == local("2026-02-18 09:30")
    assert desk.working_between(local("2026-02-13 09:00"), local("2026-02-18 18:00")) == 18 * HOUR


def test_christmas_on_a_friday_moves_the_work_to_monday():
    desk = hours("09:00-18:00", off=frozenset({date(2026, 12, 25)}))
    assert desk.advance(local("2026-12-24 17:30"), HOUR) == local("2026-12-28 09:30")
    assert not desk.is_open(local("2026-12-25 10:00"))


def test_days_off_may_be_a_rule_instead_of_a_list():
    desk = WorkingHours(SAO_PAULO, hours("09:00-18:00").windows, days_off=is_first_of_month)
    assert desk.advance(local("2026-05-29 17:30"), HOUR) == local("2026-06-02 09:30")


def is_first_of_month(day: date) -> bool:
    return day.day == 1


def test_the_lunch_break_does_not_count():
    desk = hours("09:00-12:00 13:00-18:00")
    assert desk.advance(local("2026-05-11 11:30"), HOUR) == local("2026-05-11 13:30")
    assert desk.working_between(local("2026-05-11 11:00"), local("2026-05-11 14:00")) == 2 * HOUR
    assert desk.next_opening(local("2026-05-11 12:00")) == local("2026-05-11 13:00")


def test_the_desk_is_open_at_the_opening_and_closed_at_the_closing_instant():
    desk = hours("09:00-18:00")
    assert desk.is_open(local("2026-05-11 09:00"))
    assert desk.is_open(local("2026-05-11 17:59:59.999999"))
    assert not desk.is_open(local("2026-05-11 18:00"))
    assert not desk.is_open(local("2026-05-11 08:59:59.999999"))


def test_next_opening_is_now_while_open():
    assert hours("09:00-18:00").next_opening(local("2026-05-11 10:17")) == local("2026-05-11 10:17")


def test_microseconds_are_kept():
    desk = hours("09:00-18:00")
    tick = timedelta(microseconds=1)
    assert desk.working_between(local("2026-05-08 17:59:59.999999"), local("2026-05-11 09:00:00.000001")) == 2 * tick
    assert desk.advance(local("2026-05-08 17:59:59.999999"), 2 * tick) == local("2026-05-11 09:00:00.000001")


def test_overlapping_windows_count_once():
    desk = hours("09:00-13:00 12:00-18:00 14:00-15:00")
    assert desk.working_between(local("2026-05-11 00:00"), local("2026-05-12 00:00")) == 9 * HOUR


def test_a_leap_day_is_a_working_day():
    desk = hours("09:00-18:00")
    assert desk.advance(local("2028-02-28 17:30"), HOUR) == local("2028-02-29 09:30")
    assert desk.working_between(local("2028-02-28 09:00"), local("2028-03-01 09:00")) == 18 * HOUR


def test_a_night_shift_is_an_hour_shorter_in_spring_and_longer_in_autumn():
    night = hours("22:00-06:00", days=range(5, 6), zone=MADRID)  # Saturday night: the night clocks change
    for saturday, sunday, worked in [
        ("2026-03-21", "2026-03-22", 8),
        ("2026-03-28", "2026-03-29", 7),
        ("2026-10-24", "2026-10-25", 9),
    ]:
        opening, closing = local(f"{saturday} 22:00", MADRID), local(f"{sunday} 06:00", MADRID)
        assert night.working_between(opening - HOUR, closing + HOUR) == worked * HOUR
        assert night.advance(opening, worked * HOUR) == closing


def test_a_night_shift_runs_on_into_a_day_off_but_does_not_start_on_it():
    desk = hours("22:00-06:00", off=frozenset({date(2026, 12, 25)}))
    assert desk.is_open(local("2026-12-25 05:00"))
    assert not desk.is_open(local("2026-12-25 23:00"))
    assert not desk.is_open(local("2026-12-26 05:00"))


def test_midnight_to_midnight_is_the_whole_day_whatever_the_clocks_do():
    desk = hours("00:00-00:00", days=range(6, 7), zone=MADRID)  # Sundays
    for sunday, monday, worked in [("2026-03-29", "2026-03-30", 23), ("2026-10-25", "2026-10-26", 25)]:
        start, end = local(f"{sunday} 00:00", MADRID), local(f"{monday} 00:00", MADRID)
        assert desk.working_between(start - HOUR, end + HOUR) == worked * HOUR


def test_an_edge_inside_the_gap_moves_to_the_first_instant_after_it():
    # Lisbon, 29 March 2026: 01:00 becomes 02:00, at 01:00 UTC.
    opens_in_gap = hours("01:30-05:00", days=range(6, 7), zone=LISBON)
    assert opens_in_gap.next_opening(utc("2026-03-29 00:00")) == utc("2026-03-29 01:00")
    closes_in_gap = hours("00:00-01:30", days=range(6, 7), zone=LISBON)
    assert closes_in_gap.working_between(utc("2026-03-28 12:00"), utc("2026-03-29 12:00")) == HOUR
    inside = hours("01:10-01:50", days=range(6, 7), zone=LISBON)
    assert inside.working_between(utc("2026-03-28 12:00"), utc("2026-03-29 12:00")) == ZERO


def test_a_gap_that_is_not_a_whole_hour_is_found_as_well():
    # Lord Howe, 4 October 2026: 02:00 becomes 02:30, at 15:30 UTC of the day before.
    desk = hours("02:17-05:00", days=range(6, 7), zone=ZoneInfo("Australia/Lord_Howe"))
    assert desk.next_opening(utc("2026-10-03 12:00")) == utc("2026-10-03 15:30")


def test_a_day_that_never_happened_holds_no_work():
    # Samoa skipped Friday, 30 December 2011.
    apia = ZoneInfo("Pacific/Apia")
    desk = hours("09:00-17:00", days=range(4, 5), zone=apia)
    assert desk.working_between(local("2011-12-29 12:00", apia), local("2012-01-01 12:00", apia)) == ZERO


def test_an_edge_that_happens_twice_means_the_first_time():
    # Lisbon, 25 October 2026: 02:00 becomes 01:00, at 01:00 UTC; 01:30 is 00:30 and 01:30 UTC.
    opens_twice = hours("01:30-05:00", days=range(6, 7), zone=LISBON)
    assert opens_twice.next_opening(utc("2026-10-25 00:00")) == utc("2026-10-25 00:30")
    closes_twice = hours("23:00-01:30", days=range(5, 6), zone=LISBON)
    assert closes_twice.advance(utc("2026-10-24 22:00"), HOUR * 2.5) == utc("2026-10-25 00:30")
    assert not closes_twice.is_open(local("2026-10-25 01:15", LISBON, fold=1))


def test_shifts_that_touch_in_the_repeated_hour_leave_no_hole_and_count_nothing_twice():
    whole = hours("00:00-06:00", days=range(7), zone=LISBON)
    split = hours("00:00-01:30 01:30-06:00", days=range(7), zone=LISBON)
    a, b = utc("2026-10-24 12:00"), utc("2026-10-25 12:00")
    assert split.working_between(a, b) == whole.working_between(a, b) == 7 * HOUR


def test_a_shift_of_almost_a_day_in_the_west_reaches_into_the_next_utc_month():
    desk = hours("22:00-21:45", days=range(4, 5))  # Friday, 30 January 2026, into Saturday; 21:00 is midnight UTC
    assert desk.is_open(local("2026-01-31 21:30"))
    assert desk.working_between(local("2026-01-30 12:00"), local("2026-02-01 12:00")) == 23.75 * HOUR


def test_an_early_shift_in_the_east_begins_in_the_utc_month_before():
    desk = hours("00:30-06:00", zone=MADRID)  # Friday, 1 May 2026; 02:00 is midnight UTC
    assert desk.is_open(local("2026-05-01 01:00", MADRID))
    assert desk.working_between(local("2026-04-30 12:00", MADRID), local("2026-05-01 12:00", MADRID)) == 5.5 * HOUR


def test_a_year_of_working_days_adds_up():
    desk = hours("09:00-12:00 13:00-18:00")
    days = [date(2028, 1, 1) + timedelta(days=number) for number in range(366)]
    working_days = sum(day.weekday() < 5 for day in days)
    start, end = local("2028-01-01 00:00"), local("2029-01-01 00:00")
    assert desk.working_between(start, end) == working_days * 8 * HOUR
    assert desk.advance(start, working_days * 8 * HOUR) == local("2028-12-29 18:00")


def test_around_the_clock_is_plain_addition():
    start = utc("2026-10-25 00:30:15.123456")
    for work in [timedelta(microseconds=1), 24 * HOUR, timedelta(days=400, seconds=7)]:
        assert AROUND_THE_CLOCK.advance(start, work) == start + work
        assert AROUND_THE_CLOCK.working_between(start, start + work) == work


def test_an_instant_of_any_zone_is_taken_and_the_answer_is_utc():
    due = hours("09:00-18:00").advance(datetime(2026, 5, 11, 14, tzinfo=MADRID), HOUR)  # 09:00 in Sao Paulo
    assert due == local("2026-05-11 10:00")
    assert due.tzinfo is UTC


def test_nothing_was_worked_before_the_beginning():
    assert hours("09:00-18:00").working_between(local("2026-05-11 12:00"), local("2026-05-11 10:00")) == ZERO


# Refusals --------------------------------------------------------------------------------------------------------


def test_a_naive_instant_is_refused():
    desk, naive, aware = hours("09:00-18:00"), datetime(2026, 5, 11, 9), utc("2026-05-11 09:00")
    for call in [
        lambda: desk.is_open(naive),
        lambda: desk.next_opening(naive),
        lambda: desk.advance(naive, HOUR),
        lambda: desk.working_between(naive, aware),
        lambda: desk.working_between(aware, naive),
    ]:
        with pytest.raises(ValueError, match="no time zone"):
            call()


def test_a_year_that_is_a_typing_error_is_refused():
    with pytest.raises(ValueError, match="outside the years"):
        hours("09:00-18:00").working_between(utc("2026-05-11 09:00"), utc("9999-12-31 23:59"))


def test_negative_work_is_refused():
    with pytest.raises(ValueError, match="negative"):
        hours("09:00-18:00").advance(utc("2026-05-11 09:00"), -MINUTE)


def test_hours_without_a_window_are_refused_with_the_way_out():
    with pytest.raises(NoWorkingTime) as refusal:
        WorkingHours(SAO_PAULO, frozenset())
    assert isinstance(refusal.value, DeskError)
    assert "Add opening hours" in refusal.value.detail


def test_a_desk_that_is_always_off_is_refused_instead_of_searched_for_ever():
    desk = WorkingHours(SAO_PAULO, hours("09:00-18:00").windows, days_off=is_any_day)
    for call in [desk.next_opening, lambda at: desk.advance(at, MINUTE)]:
        with pytest.raises(NoWorkingTime) as refusal:
            call(utc("2026-05-11 09:00"))
        assert refusal.value.code == "no_working_time"


def is_any_day(_: date) -> bool:
    return True


def test_more_work_than_fifty_years_hold_is_refused():
    with pytest.raises(NoWorkingTime):
        hours("09:00-18:00").advance(utc("2026-05-11 09:00"), timedelta.max)


def test_a_window_on_an_eighth_weekday_or_in_a_zone_of_its_own_is_refused():
    with pytest.raises(DeskError, match="Weekday 7"):
        Window(7, time(9), time(18))
    with pytest.raises(DeskError, match="local times"):
        Window(0, time(9, tzinfo=UTC), time(18))


# Cost ------------------------------------------------------------------------------------------------------------


@dataclass
class CountedDays:
    """Never a day off, but knows how often it was asked."""

    asked: list[date] = field(default_factory=list)

    def __call__(self, day: date) -> bool:
        self.asked.append(day)
        return False

    __hash__ = object.__hash__


def test_a_year_looks_at_each_day_about_once_and_a_second_time_at_none():
    days_off = CountedDays()
    desk = WorkingHours(SAO_PAULO, hours("09:00-18:00").windows, days_off)
    a, b = utc("2026-01-01 00:00"), utc("2026-12-31 23:59")
    worked = desk.working_between(a, b)
    assert len(days_off.asked) < 365
    days_off.asked.clear()
    assert desk.advance(a, worked) < b
    assert days_off.asked == []


# Every change of clocks, and the seams of months, against an oracle ----------------------------------------------


def changes_of_clocks(zone: ZoneInfo, first: int, last: int) -> list[datetime]:
    """Each instant from year ``first`` through ``last`` at which the offset of the zone changes."""
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    found = []
    offset = at.astimezone(zone).utcoffset()
    while at < end:
        at += HOUR
        before, offset = offset, at.astimezone(zone).utcoffset()
        if offset != before:
            found.append(at)
    return found


QUIET = datetime(2026, 10, 18, 3, tzinfo=UTC)  # Sao Paulo has no change in these years; here it used to have one
CHANGES = [
    *((zone, at) for zone in [LISBON, MADRID, NEW_YORK, SAO_PAULO] for at in changes_of_clocks(zone, 2026, 2028)),
    *((SAO_PAULO, at) for at in changes_of_clocks(SAO_PAULO, 2017, 2019)),
    (SAO_PAULO, QUIET),
    # No change of clocks either, but the seam of two UTC months in zones far from UTC.
    (SAO_PAULO, datetime(2026, 2, 1, tzinfo=UTC)),
    (ZoneInfo("Pacific/Pago_Pago"), datetime(2028, 3, 1, tzinfo=UTC)),
    (ZoneInfo("Pacific/Kiritimati"), datetime(2027, 1, 1, tzinfo=UTC)),
]
every_change = pytest.mark.parametrize(
    ("zone", "change"), CHANGES, ids=[f"{zone.key}-{at:%Y-%m-%d}".replace("/", "-") for zone, at in CHANGES]
)
REACH = 3 * 24 * 60  # minutes on either side of a change


def test_the_changes_of_clocks_are_all_there():
    assert len(changes_of_clocks(LISBON, 2026, 2028)) == 6
    assert len(changes_of_clocks(MADRID, 2026, 2028)) == 6
    assert len(changes_of_clocks(NEW_YORK, 2026, 2028)) == 6
    assert changes_of_clocks(SAO_PAULO, 2026, 2028) == []
    assert local("2018-11-04 01:00") in changes_of_clocks(SAO_PAULO, 2018, 2018)


@lru_cache
def hands(zone: ZoneInfo, change: datetime) -> list[datetime]:
    """What a wall clock that never goes back shows at each minute around the change."""
    minutes = range(-REACH - 24 * 60, REACH)
    shown = [(change + minute * MINUTE).astimezone(zone).replace(tzinfo=None, fold=0) for minute in minutes]
    return list(accumulate(shown, max))[24 * 60 :]


class Oracle:
    """Knows for each minute around a change whether work counts, by reading the wall clock minute by minute."""

    def __init__(self, desk: WorkingHours, change: datetime) -> None:
        self.first = change - REACH * MINUTE
        self.open = [self._is_open(desk, hand) for hand in hands(desk.zone, change)]
        self.done = [0, *accumulate(self.open)]  # open minutes before each minute

    def at(self, minute: int) -> datetime:
        return self.first + minute * MINUTE

    @staticmethod
    def _is_open(desk: WorkingHours, hand: datetime) -> bool:
        for day in (hand.date(), hand.date() - timedelta(days=1)):
            for window in desk.windows:
                opens, closes = datetime.combine(day, window.opens), datetime.combine(day, window.closes)
                if closes <= opens:
                    closes += timedelta(days=1)
                if day.weekday() == window.weekday and day not in desk.days_off and opens <= hand < closes:
                    return True
        return False


@st.composite
def desks(draw: st.DrawFn, zone: ZoneInfo, change: datetime) -> WorkingHours:
    """One to five windows, most of them near the days and wall times of the change, and some days off."""
    day = change.astimezone(zone).date()
    edges = {(change + shift * MINUTE).astimezone(zone).time() for shift in range(-75, 76, 15)}
    edge = st.sampled_from(sorted(edges)) | st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))
    weekday = st.sampled_from([day.weekday(), (day.weekday() - 1) % 7]) | st.integers(0, 6)
    windows = draw(st.frozensets(st.builds(Window, weekday, edge, edge), min_size=1, max_size=5))
    days = st.integers(-4, 4).map(lambda number: day + timedelta(days=number))
    return WorkingHours(zone, windows, draw(st.frozensets(days, max_size=3)))


@every_change
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_open_minutes_work_done_due_times_and_openings_agree_with_the_wall_clock(
    zone: ZoneInfo, change: datetime, data: st.DataObject
):
    desk = data.draw(desks(zone, change))
    oracle = Oracle(desk, change)
    assert [desk.is_open(oracle.at(minute)) for minute in range(2 * REACH)] == oracle.open
    minutes = st.integers(0, 2 * REACH - 1) | st.integers(REACH - 90, REACH + 90)
    for a, b in data.draw(st.lists(st.tuples(minutes, minutes).map(sorted), min_size=1, max_size=20)):
        worked = oracle.done[b] - oracle.done[a]
        assert desk.working_between(oracle.at(a), oracle.at(b)) == worked * MINUTE
        if worked:
            assert desk.advance(oracle.at(a), worked * MINUTE) == oracle.at(bisect_left(oracle.done, oracle.done[b]))
        if oracle.open[b]:
            assert desk.next_opening(oracle.at(a)) == oracle.at(oracle.open.index(True, a))


# Properties at any instant ---------------------------------------------------------------------------------------

any_window = st.builds(Window, st.integers(0, 6), st.times(), st.times())
any_desk = st.builds(
    WorkingHours,
    st.sampled_from([LISBON, MADRID, NEW_YORK, SAO_PAULO, ZoneInfo("Pacific/Apia"), ZoneInfo("Australia/Lord_Howe")]),
    st.frozensets(any_window, min_size=1, max_size=6),
    st.frozensets(st.dates(date(2017, 1, 1), date(2029, 1, 1)), max_size=20),
)
any_instant = st.datetimes(datetime(2017, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
any_stretch = st.timedeltas(ZERO, timedelta(days=90))


@settings(max_examples=100, deadline=None)
@given(desk=any_desk, a=any_instant, first=any_stretch, second=any_stretch)
def test_working_time_is_additive_monotone_and_never_longer_than_the_stretch(desk, a, first, second):
    b, c = a + first, a + first + second
    ab, bc, ac = desk.working_between(a, b), desk.working_between(b, c), desk.working_between(a, c)
    assert ab + bc == ac
    assert ZERO <= ab <= first
    assert ab <= ac


@settings(max_examples=100, deadline=None)
@given(desk=any_desk, a=any_instant, stretch=any_stretch)
def test_advancing_by_the_work_done_until_b_arrives_at_b(desk, a, stretch):
    b = desk.next_opening(a + stretch) + timedelta(microseconds=1)  # an instant with work right before it
    assert desk.advance(a, desk.working_between(a, b)) == b


@settings(max_examples=100, deadline=None)
@given(desk=any_desk, a=any_instant, stretch=any_stretch)
def test_the_opening_after_the_advance_is_b_for_every_open_b(desk, a, stretch):
    b = desk.next_opening(a + stretch)
    assert desk.is_open(b)
    assert desk.next_opening(desk.advance(a, desk.working_between(a, b))) == b


@settings(max_examples=100, deadline=None)
@given(desk=any_desk, a=any_instant, work=st.timedeltas(timedelta(microseconds=1), timedelta(hours=300)))
def test_advance_is_the_earliest_instant_at_which_the_work_is_done(desk, a, work):
    try:
        end = desk.advance(a, work)
    except NoWorkingTime:  # hours of a microsecond a week may not hold the work within the horizon
        assert desk.working_between(a, a + timedelta(days=365)) < work
        return
    tick = timedelta(microseconds=1)
    assert desk.working_between(a, end) == work
    assert desk.working_between(a, end - tick) == work - tick


@settings(max_examples=100, deadline=None)
@given(desk=any_desk, a=any_instant)
def test_nothing_is_worked_before_the_next_opening(desk, a):
    opening = desk.next_opening(a)
    assert opening >= a
    assert desk.working_between(a, opening) == ZERO
    assert desk.working_between(a, opening + timedelta(microseconds=1)) == timedelta(microseconds=1)
    assert desk.is_open(a) == (opening == a)


@settings(max_examples=100, deadline=None)
@given(desk=any_desk, a=any_instant, stretch=any_stretch, extra=any_window)
def test_more_opening_hours_never_mean_less_work(desk, a, stretch, extra):
    more = WorkingHours(desk.zone, desk.windows | {extra}, desk.days_off)
    assert more.working_between(a, a + stretch) >= desk.working_between(a, a + stretch)
