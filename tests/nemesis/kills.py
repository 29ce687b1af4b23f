"""R1: workers are killed with -9 in the middle of a delivery while tickets are opened."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass

from django.db import connection

from communications.models import Delivery
from communications.outbox import LOCK_CLASS
from tests.cast import Cast
from tests.nemesis.askers import Askers
from tests.nemesis.listeners import Listeners
from tests.nemesis.stage import WORKERS, Stage
from tests.nemesis.verdict import Mails, Verdict, percentile, seconds_of, settled

RECOVERY_LIMIT = 1.0  # seconds, of p99
WHO_SENDS = """
    SELECT application_name, objid FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND classid = %s AND granted AND application_name LIKE 'worker%%'
"""


@dataclass(frozen=True)
class Kill:
    """Which delivery was in the hands of the killed worker, and when (seconds since the epoch)."""

    delivery_id: int
    at: float


def play(stage: Stage, cast: Cast, *, kills: int, pause: float, seed: int) -> Verdict:
    """Kill ``kills`` times, ``pause`` seconds apart or more: a worker with all it forked and only its pool, in turn.

    One of two or three workers at work is killed: a desk that has only one waits until that is started again.
    """
    stage.start("sink", "broker", *WORKERS, "beat", "engine")
    Stage.until(lambda: stage.workers_at_work() == len(WORKERS), "all workers listen")
    mails = Mails(stage.record)
    dice = random.Random(seed)
    done: list[Kill] = []
    with Listeners(cast) as listeners:
        with Askers(cast.ben, per_second=20, rolled_back=0.1, seed=seed) as askers:
            for number in range(kills):
                time.sleep(pause * dice.uniform(0.5, 1.5))
                Stage.until(lambda: stage.workers_at_work() >= 2, "two workers, of which one may be killed")
                done.append(_kill_one(stage, whole=number % 2 == 0))
        listeners.fall_silent()
        Stage.until(lambda: mails.open_deliveries() == 0, "the outbox is empty")
        verdict = Verdict("R1 kill -9 of workers", attempted=askers.attempted)
        mails.judge(verdict, askers.acknowledged)
        listeners.judge(verdict, askers.acknowledged)
    _judge_recovery(verdict, mails.deliveries(), done)
    verdict.others["kills"] = f"{len(done)}, each in the middle of a delivery"
    verdict.demand(not askers.errors, f"{len(askers.errors)} tickets could not be opened, e.g. {askers.errors[:1]}")
    verdict.demand(verdict.lost == 0, "words were lost")
    verdict.demand(verdict.unexpected == 0, "words left that nobody owed")
    verdict.demand(verdict.duplicated <= kills, f"more than one duplicate a kill ({kills})")
    return verdict


def _kill_one(stage: Stage, *, whole: bool) -> Kill:
    """Wait for a worker that is just sending, and kill it."""
    found: list[tuple[str, int]] = []

    def somebody_sends() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(WHO_SENDS, [LOCK_CLASS])
            found[:] = cursor.fetchall()
        return bool(found)

    Stage.until(somebody_sends, "a worker that is sending")
    name, delivery_id = found[0]
    at = time.time()
    if whole:
        stage.kill(name)
        stage.restart(name)
    else:
        for pid in stage.forks(name):
            os.kill(pid, signal.SIGKILL)
    return Kill(delivery_id, at)


def _judge_recovery(verdict: Verdict, deliveries: list[Delivery], kills: list[Kill]) -> None:
    """A delivery is recovered when a try of it died without an answer and another one delivered it."""
    by_id = {one.pk: one for one in deliveries}
    interrupted = [one for one in deliveries if one.attempts > len(one.attempt_log.all())]
    verdict.recovered = sum(settled(one) is not None for one in interrupted)
    waits = []
    for kill in kills:
        done = settled(by_id[kill.delivery_id])
        if done is not None and by_id[kill.delivery_id] in interrupted:
            waits.append(done.timestamp() - kill.at)
    verdict.others["recovery"] = seconds_of(waits)
    verdict.demand(bool(waits), "no kill interrupted a delivery: the scenario proves nothing")
    verdict.demand_time(not waits or percentile(waits, 99) <= RECOVERY_LIMIT, f"p99 recovery above {RECOVERY_LIMIT} s")
