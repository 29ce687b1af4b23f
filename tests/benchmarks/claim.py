"""P8: claiming from the outbox, one at a time and in batches, by one worker and by four, against a bare SKIP LOCKED."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection, connections

from communications import outbox
from financy_support.engines import database_now
from tests.benchmarks.bench import Bench
from tests.benchmarks.databases import Database
from tests.benchmarks.figure import Figure, beyond, interleaved, median

WORKERS, BATCH = 4, 50
MANY, FEW = 40_000, 3_000
AGAINST = "bare-SKIP-LOCKED"

QUEUE = """
    INSERT INTO communications_delivery (message_id, kind, gate, address, state, due_at, attempts, last_error)
    SELECT m.id, 'email', 'email', 'nobody@example.com', 'queued', now() - interval '1 minute', 0, ''
    FROM (SELECT array_agg(id) AS ids FROM (SELECT id FROM communications_message LIMIT 1000) chosen) known
    CROSS JOIN generate_series(1, %(count)s) i
    JOIN communications_message m ON m.id = known.ids[1 + i %% cardinality(known.ids)]
"""
CLAIM_JOBS = """
    UPDATE limits.job SET done_at = now() WHERE id IN (
        SELECT id FROM limits.job WHERE done_at IS NULL AND run_at <= now()
        ORDER BY run_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING id
"""

Claimed = list[tuple[int, int]]
Rate = tuple[float, int]  # claims a second, how many were claimed twice


def figures(bench: Bench) -> Iterator[Figure]:
    """On the largest desk, the queue filled before each measurement."""
    database = bench.database(bench.sizes[-1])
    database.enter()
    measures: dict[str, Callable[[], Rate]] = {}
    for name, workers, batch, count in (
        ("batched", WORKERS, BATCH, MANY),
        ("singly", 1, 1, FEW),
        ("singly-by-4", WORKERS, 1, FEW),
    ):
        measures[name] = partial(_outbox, database, workers, batch, count)
        measures[f"{name}.bare"] = partial(_bare, database, workers, batch, count)
    taken = interleaved(measures, bench.rounds)
    rates = {name: median(rate for rate, _ in some) for name, some in taken.items()}
    for name, least in (("batched", 20_000), ("singly", 2000), ("singly-by-4", 2000)):
        yield beyond(f"P8.claim.{name}", rates[name], "claims/s", least)
        yield Figure(
            f"P8.claim.{name}.bare", rates[f"{name}.bare"], "claims/s", rates[name] / rates[f"{name}.bare"], AGAINST
        )
    twice = sum(doubles for name, some in taken.items() for _, doubles in some if "bare" not in name)
    yield Figure("P8.claim.twice", twice, "deliveries", twice, "none", most=0)


def _outbox(database: Database, workers: int, batch: int, count: int) -> Rate:
    with database.owner() as owner:
        owner.execute("DELETE FROM communications_delivery WHERE state <> 'delivered'")
        owner.execute(QUEUE, {"count": count})
        owner.execute("VACUUM ANALYZE communications_delivery")
    at = database_now()
    # Nobody sends what is claimed here; after its usual patience the outbox would rightly take it for abandoned.
    outbox.ABANDONED_AFTER = timedelta(hours=1)
    rate = _race(workers, count, partial(_claim_all, partial(outbox.claim, at, batch=batch)))
    with database.owner() as owner:
        owner.execute("DELETE FROM communications_delivery WHERE state <> 'delivered'")
    return rate


def _bare(database: Database, workers: int, batch: int, count: int) -> Rate:
    with database.owner() as owner:
        owner.execute("TRUNCATE limits.job")
        owner.execute(
            "INSERT INTO limits.job (run_at, payload) SELECT now() - interval '1 minute', jsonb_build_object('k', i)"
            " FROM generate_series(1, %s) i", [count]
        )  # fmt: skip
        owner.execute("VACUUM ANALYZE limits.job")
    return _race(workers, count, partial(_claim_jobs, database, batch))


def _claim_all(one_claim: Callable[[], Claimed]) -> Claimed:
    mine: Claimed = []
    while claimed := one_claim():
        mine += claimed
    return mine


def _claim_jobs(database: Database, batch: int) -> Claimed:
    mine: Claimed = []
    with database.owner() as owner:
        while claimed := owner.execute(CLAIM_JOBS, [batch]).fetchall():
            mine += [(number, 1) for (number,) in claimed]
    return mine


def _race(workers: int, count: int, work: Callable[[], Claimed]) -> Rate:
    """All workers start together, each with a connection of its own."""
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    start, claimed = fork.Barrier(workers + 1), fork.SimpleQueue()
    racers = [fork.Process(target=_run, args=(work, start, claimed)) for _ in range(workers)]
    for racer in racers:
        racer.start()
    start.wait()
    began = time.perf_counter()
    results: list[tuple[float, Claimed]] = [claimed.get() for _ in racers]
    for racer in racers:
        racer.join()
    took = max(ended for ended, _ in results) - began
    times = Counter(one for _, some in results for one in some)
    if len(times) != count:
        raise RuntimeError(f"{len(times)} of {count} were claimed")
    return count / took, sum(times.values()) - count


def _run(work: Callable[[], Claimed], start: Any, claimed: Any) -> None:
    connection.ensure_connection()
    start.wait()
    mine = work()
    claimed.put((time.perf_counter(), mine))
