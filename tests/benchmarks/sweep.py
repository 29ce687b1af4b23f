"""P6: the sweep of a million live deadlines: when none is due, when thousands are, and when two sweep at once."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from django.db import connection, connections
from django.db.models import Count

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from financy_support.desk.time.sweeper import deadline_models, sweep
from financy_support.engines import database_now
from tests.benchmarks.bench import Bench
from tests.benchmarks.databases import Database
from tests.benchmarks.figure import Figure, beyond, interleaved, median, within
from tests.benchmarks.statements import statements_of
from tickets.models import Escalation, TicketDeadline

STAMPED, ESCALATED, FOUGHT_OVER = 10_000, 2_000, 2_000
SMALLEST_SHARE = 40  # a small desk makes at most every 40th ticket due at a time, so that it lasts all the rounds
AGAINST = "one-raw-UPDATE-with-history"

MAKE_DUE = """
    UPDATE tickets_ticketdeadline SET due_at = %(at)s - interval '1 minute', warn_at = %(at)s - interval '1 hour',
        next_look_at = %(at)s - interval '1 hour'
    WHERE id IN (SELECT d.id FROM tickets_ticketdeadline d JOIN tickets_ticket t ON t.id = d.ticket_id
                 WHERE d.kind = %(kind)s AND d.next_look_at > %(at)s AND d.due_at IS NOT NULL
                 AND t.status IN ('new', 'open') LIMIT %(count)s)
"""
MAKE_LIMIT_DUE = """
    UPDATE limits.ticket SET next_due_at = now() - interval '1 minute'
    WHERE id IN (SELECT id FROM limits.ticket WHERE status < 3 AND next_due_at > now() LIMIT %s)
"""
LIMIT = """
    WITH due AS (
        SELECT id FROM limits.ticket WHERE status < 3 AND next_due_at <= now()
        ORDER BY next_due_at FOR UPDATE SKIP LOCKED),
    moved AS (
        UPDATE limits.ticket t
        SET tier = least(t.tier + 1, 4), updated_at = now(), next_due_at = now() + interval '8 hours'
        FROM due WHERE t.id = due.id RETURNING t.*)
    INSERT INTO limits.ticket_history (ticket, at, kind, actor, row)
    SELECT id, now(), '~', 'sweep', to_jsonb(moved) FROM moved
"""


def figures(bench: Bench) -> Iterator[Figure]:
    """On the largest desk; rows are made due before each measurement, outside of its time."""
    tickets = bench.sizes[-1]
    database = bench.database(tickets)
    database.enter()
    yield from _nothing_due(tickets)
    stamped, escalated, fought_over = (
        min(count, tickets // SMALLEST_SHARE) for count in (STAMPED, ESCALATED, FOUGHT_OVER)
    )
    stamps = interleaved(
        {
            "fresh": partial(_per_second, database, "resolution", stamped),
            "used": partial(_per_second, database, "resolution", stamped, first_update_one=True),
            "limit": partial(_limit_per_second, database, stamped),
        },
        bench.rounds,
    )
    limit = median(stamps["limit"])
    yield beyond(f"P6.stamps@{tickets}", median(stamps["fresh"]), "stamps/s", 10_000)
    yield Figure(f"P6.stamps.limit@{tickets}", limit, "stamps/s", median(stamps["fresh"]) / limit, AGAINST)
    yield beyond(f"P6.stamps.used-connection@{tickets}", median(stamps["used"]), "stamps/s", 10_000)
    climbs = interleaved(
        {
            "fresh": partial(_per_second, database, "time_in_tier", escalated),
            "used": partial(_per_second, database, "time_in_tier", escalated, first_update_one=True),
        },
        bench.rounds,
    )
    yield beyond(f"P6.escalations@{tickets}", median(climbs["fresh"]), "escalations/s", 1000)
    yield beyond(f"P6.escalations.used-connection@{tickets}", median(climbs["used"]), "escalations/s", 1000)
    yield from _two_at_once(database, fought_over)
    yield from _nothing_due(tickets, ".afterwards")


def _nothing_due(tickets: int, when: str = "") -> Iterator[Figure]:
    at = database_now()
    sent = statements_of(lambda: sweep(at))
    times = []
    for _ in range(50):
        began = time.perf_counter()
        assert sweep(at).total == 0
        times.append((time.perf_counter() - began) * 1000)
    yield within(f"P6.nothing-due{when}@{tickets}", median(times), "ms", 10)
    if not when:
        yield within("P6.nothing-due.statements-a-table", len(sent) / len(deadline_models()), "statements", 3)


def _per_second(database: Database, kind: str, count: int, first_update_one: bool = False) -> float:
    at = _make_due(database, kind, count)
    connection.close()
    connection.ensure_connection()
    if first_update_one:
        _update_one(at)
    began = time.perf_counter()
    report = sweep(at)
    took = time.perf_counter() - began
    if report.failed or report.total != count:
        raise RuntimeError(f"{report.total} of {count} {kind} passed, {report.failed} failed")
    return count / took


def _make_due(database: Database, kind: str, count: int) -> datetime:
    at = database_now()
    with database.owner() as owner, owner.transaction():
        _name_actor(owner)
        made = owner.execute(MAKE_DUE, {"at": at, "kind": kind, "count": count}).rowcount
    if made != count:
        raise RuntimeError(f"only {made} {kind} deadlines are left to be made due; use more tickets")
    with database.owner() as owner:
        owner.execute("VACUUM ANALYZE tickets_ticketdeadline")
    return at


def _name_actor(owner: object) -> None:
    owner.execute(  # type: ignore[attr-defined]
        "SELECT set_config('desk.actor', %s, true), set_config('desk.channel', 'benchmark', true),"
        " set_config('desk.reason', 'made due', true), set_config('desk.request_id', 'benchmark', true)",
        [str(int(SystemActor.IMPORTER))],
    )


def _update_one(at: datetime) -> None:
    """One UPDATE whose plan PostgreSQL may keep: it must not be used for thousands."""
    with acting(by=system_actor(SystemActor.SWEEPER), channel="benchmark", reason="one row first"):
        one = TicketDeadline.objects.filter(next_look_at__gt=at).order_by("-id")[:1]
        TicketDeadline.objects.filter(pk__in=[deadline.pk for deadline in one]).update(failures=0)


def _limit_per_second(database: Database, count: int) -> float:
    with database.owner() as owner:
        owner.execute(MAKE_LIMIT_DUE, [count])
        owner.execute("VACUUM ANALYZE limits.ticket")
        began = time.perf_counter()
        done = owner.execute(LIMIT).rowcount
        took = time.perf_counter() - began
    assert done == count
    return count / took


def _two_at_once(database: Database, count: int) -> Iterator[Figure]:
    """Two processes sweep the same moment; every ticket must have climbed once."""
    before = Escalation.objects.order_by("-id").values_list("id", flat=True).first() or 0
    at = _make_due(database, "time_in_tier", count)
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    sweepers = [fork.Process(target=sweep, args=[at]) for _ in range(2)]
    began = time.perf_counter()
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join()
    took = time.perf_counter() - began
    assert not any(sweeper.exitcode for sweeper in sweepers)
    sweep(at)
    climbed = Escalation.objects.filter(id__gt=before).values("ticket").annotate(times=Count("id"))
    twice = sum(one["times"] - 1 for one in climbed)
    yield Figure("P6.two-at-once.acted-twice", twice, "tickets", twice, "none", most=0)
    missed = count - len(climbed)
    yield Figure("P6.two-at-once.missed", missed, "tickets", missed, "none", most=0)
    yield Figure("P6.two-at-once", count / took, "escalations/s", count / took / 1000, "goal:at-least-1000")
