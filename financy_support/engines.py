"""The two engines, sweep and deliver, run now; and whether anybody has run them lately."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from communications.outbox import deliver
from financy_support.desk.time.heartbeat import beat, is_silent
from financy_support.desk.time.sweeper import sweep

ENGINES = ("sweep", "deliver")


def run_sweep() -> int:
    """One full sweep as of the database's now; returns how many deadlines passed."""
    at = database_now()
    report = sweep(at)
    beat("sweep", at, report.lateness)
    return report.total


def run_deliver() -> int:
    """Drain the outbox as of the database's now; returns how many tries were made."""
    at = database_now()
    beat("deliver", at)
    return sum(deliver(at).values())


def stand_in() -> list[str]:
    """Run each engine that nobody has run for five seconds; returns which (design §1, 3: a lost broker costs seconds)."""
    silent = [engine for engine in ENGINES if is_silent(engine, database_now())]
    for engine in silent:
        run_sweep() if engine == "sweep" else run_deliver()
    return silent


def database_now() -> datetime:
    """The one clock that all hosts share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
