"""The three engines, sweep, deliver and take in, run now; and whether somebody has to stand in for the workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection

from communications.outbox import deliver
from financy_support.desk.time.heartbeat import Heartbeat, beat, is_silent
from financy_support.desk.time.sweeper import sweep
from tickets.take_in import take_in


def run_sweep() -> datetime:
    """One full sweep as of the database's now, which is returned."""
    at = database_now()
    report = sweep(at)
    beat("sweep", at, report.lateness)
    return at


def run_deliver(*, within: timedelta | None = None) -> datetime:
    """Send what is due as of the database's now; ``within`` limits how long that may take. Returns when it was done.

    Only then it beats: a run that fails must not look alive, or whoever stands in would wait for its own silence.
    """
    deliver(database_now(), within=within)
    at = database_now()
    beat("deliver", at)
    return at


def run_take_in(*, within: timedelta | None = None) -> datetime:
    """Take in the mail that waits at the door; as :func:`run_deliver`."""
    take_in(database_now(), within=within)
    at = database_now()
    beat("take_in", at)
    return at


ENGINES: dict[str, Callable[[], datetime]] = {"sweep": run_sweep, "deliver": run_deliver, "take_in": run_take_in}


def stand_in(engine: str, last_run: datetime | None) -> datetime | None:
    """Run ``engine`` if nobody has for five seconds, or nobody has since our own ``last_run``; returns when, if so.

    A lost broker costs seconds, never a promise or a mail (design §1, 3); once workers are back this steps aside.
    """
    alone = last_run is not None and Heartbeat.objects.filter(engine=engine, beat_at=last_run).exists()
    if alone or is_silent(engine, database_now()):
        return ENGINES[engine]()
    return None


def database_now() -> datetime:
    """The one clock that all hosts share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
