"""Working time, counted exactly: pure arithmetic over opening hours, days off and time zones; no database."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from financy_support.desk.errors import Invalid

HORIZON = timedelta(days=50 * 366)  # a search for working time ends here, so that no calendar can make it endless
YEARS = range(1900, 2200)  # instants outside are typing errors, and would take long to count


class NoWorkingTime(Invalid):
    """These hours hold no working time, or not enough of it within ``HORIZON``."""

    code, title = "no_working_time", "No working time"


@dataclass(frozen=True, order=True)
class Window:
    """One stretch of working time in local time, opening on ``weekday`` (0 = Monday).

    ``closes`` not later than ``opens`` means the next day: 22:00-06:00 is a night shift, 00:00-00:00 a whole day.
    """

    weekday: int
    opens: time
    closes: time

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise Invalid(f"Weekday {self.weekday} does not exist; 0 is Monday, 6 is Sunday.", field="weekday")
        if self.opens.tzinfo or self.closes.tzinfo:
            raise Invalid("Opening hours are local times; the zone belongs to the calendar.", field="opens")


@dataclass(frozen=True)
class WorkingHours:
    """A description of when work counts; frozen and hashable, so equal descriptions share one cache.

    ``windows`` are local to ``zone``, several a day; where they overlap they count once. ``days_off`` holds, or
    answers for, the local days on which no window opens; a night shift that opened the evening before runs on.
    A callable must be hashable and always give the same answer.

    Intervals are half-open: open at the opening, closed at the closing instant. Instants go in aware (naive ones
    are refused with ``ValueError``, as are years outside ``YEARS``) and come out in UTC; microseconds are kept.

    Where clocks change, the windows follow a clock that never goes back. An edge inside a gap moves to the first
    instant after it, and an edge that happens twice means the first time (as in RFC 5545, 3.3.5), opening or
    closing. So each edge is one instant, edges keep their order, and windows that touch on the wall touch in
    time: no hour is lost between two shifts and none is counted twice. The repeated hour counts for whichever
    window spans the change, since people at work do work it.

    Raises ``NoWorkingTime`` when there is no window at all.
    Source: design question 5 and section 3 'Clock arithmetic'.
    """

    zone: ZoneInfo
    windows: frozenset[Window]
    days_off: frozenset[date] | Callable[[date], bool] = frozenset()

    def __post_init__(self) -> None:
        if not self.windows:
            raise NoWorkingTime("These hours hold no working time. Add opening hours.", field="opening_hours")

    def is_open(self, at: datetime) -> bool:
        """Whether work counts at this instant."""
        at = _utc(at)
        month = _month(self, at.year, at.month)
        index = bisect_right(month.starts, at) - 1
        return index >= 0 and at < month.ends[index]

    def next_opening(self, at: datetime) -> datetime:
        """The first instant from ``at`` on in which work counts: ``at`` itself while open.

        Raises ``NoWorkingTime`` when there is none within ``HORIZON``.
        """
        at = _utc(at)
        for month in self._months(at, at + HORIZON):
            index = bisect_right(month.ends, at)
            if index < len(month.ends):
                return max(at, month.starts[index])
        raise NoWorkingTime(
            f"No opening within {HORIZON.days} days after {at:%Y-%m-%d}. Check opening hours and days off.",
            field="opening_hours",
        )

    def working_between(self, a: datetime, b: datetime) -> timedelta:
        """The working time in [a, b); zero when ``b`` is not after ``a``.

        Additive and monotone, and never longer than ``b - a``.
        """
        a, b = _utc(a), _utc(b)
        if b <= a:
            return timedelta(0)
        whole_months = sum((month.total for month in self._months(a, b)), timedelta(0))
        last = _month(self, b.year, b.month)
        return whole_months - _month(self, a.year, a.month).worked_before(a) - (last.total - last.worked_before(b))

    def advance(self, start: datetime, work: timedelta) -> datetime:
        """The earliest instant at which ``work`` has been done since ``start``.

        A day's work from the morning ends at closing time, not at the next opening; no work ends at ``start``.
        So ``advance(a, working_between(a, b)) == b`` wherever work counts right up to ``b``, and ``next_opening``
        of it is ``b`` where ``b`` is an opening.

        Raises ``ValueError`` for negative work, ``NoWorkingTime`` when the answer lies beyond ``HORIZON``.
        """
        start = _utc(start)
        if work < timedelta(0):
            raise ValueError(f"work must not be negative, got {work}")
        if not work:
            return start
        done = _month(self, start.year, start.month).worked_before(start)
        left = work
        for month in self._months(start, start + HORIZON):
            if left <= month.total - done:
                return month.instant_of(done + left)
            left -= month.total - done
            done = timedelta(0)
        raise NoWorkingTime(
            f"{work} of working time does not fit into {HORIZON.days} days after {start:%Y-%m-%d}. "
            "Shorten the target, or check opening hours and days off.",
            field="opening_hours",
        )

    def _months(self, first: datetime, last: datetime) -> Iterator[_Month]:
        for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
            yield _month(self, number // 12, number % 12 + 1)


AROUND_THE_CLOCK = WorkingHours(ZoneInfo("UTC"), frozenset(Window(weekday, time(0), time(0)) for weekday in range(7)))


@dataclass(frozen=True)
class _Month:
    """The working time of one UTC month: disjoint spans in order, and the work done before each."""

    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    done: tuple[timedelta, ...]
    total: timedelta

    def worked_before(self, at: datetime) -> timedelta:
        """Working time from the first instant of the month to ``at``."""
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return timedelta(0)
        return self.done[index] + min(at, self.ends[index]) - self.starts[index]

    def instant_of(self, work: timedelta) -> datetime:
        """The earliest instant before which ``work`` (more than zero, at most ``total``) was done."""
        index = bisect_right(self.done, work - timedelta.resolution) - 1
        return self.starts[index] + (work - self.done[index])


@lru_cache(maxsize=1024)
def _month(hours: WorkingHours, year: int, month: int) -> _Month:
    """Months are the unit of the cache: a year costs a dozen look-ups once they are known."""
    first = datetime(year, month, 1, tzinfo=UTC)
    after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    starts: list[datetime] = []
    ends: list[datetime] = []
    for opening, closing in sorted(_spans(hours, first, after)):
        opening, closing = max(opening, first), min(closing, after)
        if closing <= opening:
            continue
        if ends and opening <= ends[-1]:
            ends[-1] = max(ends[-1], closing)
        else:
            starts.append(opening)
            ends.append(closing)
    done = [timedelta(0)]
    for opening, closing in zip(starts, ends, strict=True):
        done.append(done[-1] + (closing - opening))
    return _Month(tuple(starts), tuple(ends), tuple(done[:-1]), done[-1])


def _spans(hours: WorkingHours, first: datetime, after: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Each window that may touch [first, after), edges in UTC."""
    is_off = hours.days_off if callable(hours.days_off) else hours.days_off.__contains__
    # A local date is at most a day away from the UTC date, and a night shift lasts into the next day.
    day, last = first.date() - timedelta(days=2), after.date() + timedelta(days=1)
    while day <= last:
        windows = [window for window in hours.windows if window.weekday == day.weekday()]
        if windows and not is_off(day):
            for window in windows:
                closing_day = day + timedelta(days=window.closes <= window.opens)
                yield _edge(hours.zone, day, window.opens), _edge(hours.zone, closing_day, window.closes)
        day += timedelta(days=1)


def _edge(zone: ZoneInfo, day: date, wall: time) -> datetime:
    """The instant of a local time: the first of two, or the first after a gap."""
    once = datetime.combine(day, wall.replace(fold=0), tzinfo=zone)
    again = once.replace(fold=1)
    early, late = again.astimezone(UTC), once.astimezone(UTC)
    if late <= early:  # equal on ordinary days; before the second one in a fold
        return late
    return _first_instant_after_gap(zone, early, late)


def _first_instant_after_gap(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant of the change of clocks in (before, after], found by halving."""
    old_offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta.resolution:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after


def _utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError(f"{at!r} has no time zone; give an aware instant")
    if at.year not in YEARS:
        raise ValueError(f"{at!r} lies outside the years {YEARS.start} to {YEARS.stop - 1}")
    return at.astimezone(UTC)
