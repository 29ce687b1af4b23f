"""The engines run on workers that the broker wakes, and on the stand-by when nobody else runs them."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError, ProgrammingError, connection
from psycopg.conninfo import make_conninfo

from communications.models import Delivery, DeliveryState, Message
from financy_support import tasks
from financy_support.celery import app
from financy_support.desk.time.heartbeat import Heartbeat, beat
from financy_support.engines import ENGINES, database_now, run_deliver, run_sweep, stand_in
from financy_support.schedule import BEAT_SCHEDULE
from tests.communications.processes import PATIENCE, eventually, running
from tickets.models import TicketDeadline

SESSIONS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"


def test_a_wake_up_carries_nothing_and_is_dropped_when_it_is_late():
    app.loader.import_default_modules()
    for name, job in BEAT_SCHEDULE.items():
        assert job["task"] in app.tasks, name
        assert not job.get("args")
        assert not job.get("kwargs")
        assert job["options"]["expires"] <= max(job["schedule"], 5)


def test_a_task_is_acknowledged_after_it_ran_and_leaves_no_result():
    for task in (tasks.deliver, tasks.sweep):
        assert task.acks_late
        assert task.ignore_result
    assert app.conf.worker_prefetch_multiplier == 1


def test_every_engine_says_that_it_ran(greeted, sink):
    greeted(at=database_now() - timedelta(seconds=1))
    assert {engine: run() for engine, run in ENGINES.items()}.keys() == set(
        Heartbeat.objects.values_list("engine", flat=True)
    )
    assert len(sink.mails) == 1


def test_nobody_stands_in_while_workers_work(db):
    for engine in ENGINES:
        beat(engine, database_now() - timedelta(seconds=4))
        assert stand_in(engine, None) is None


@pytest.mark.parametrize("engine", ENGINES)
def test_after_five_seconds_of_silence_somebody_stands_in_and_goes_on_until_workers_are_back(db, engine):
    assert stand_in(engine, None) is not None  # nobody ever ran it
    beat(engine, database_now() - timedelta(seconds=6))
    first = stand_in(engine, None)
    second = stand_in(engine, first)
    assert first and second and first < second
    beat(engine, database_now())
    assert stand_in(engine, second) is None


def test_the_next_run_survives_a_connection_that_was_cut(waiting, sink):
    waiting(1, at=database_now())
    run_deliver()
    cut_connections()
    with pytest.raises(OperationalError):
        run_sweep()
    connection.close_if_unusable_or_obsolete()  # as Celery does between tasks
    run_sweep()
    run_deliver()


def test_the_stand_by_process_sends_and_sweeps_alone_and_survives_cut_connections(waiting, sink):
    """What is cut between the server's yes and the commit leaves once more, as the same mail; nothing else does."""
    waiting(1, at=database_now())
    sink.delay = 0.2
    with running("engine", sink) as process:
        eventually(lambda: sink.mails)
        cut_connections(but_ours=True)
        sink.delay = 0.0
        at = database_now()
        waiting(1, at=at)
        eventually(lambda: Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == 2)
        eventually(lambda: Heartbeat.objects.filter(engine="sweep", beat_at__gt=at))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    cut, later = Message.objects.order_by("id").values_list("message_id", flat=True)
    arrived = Counter(mail.parsed["Message-ID"] for mail in sink.mails)
    assert arrived.keys() == {cut, later}
    assert arrived[cut] <= 2
    assert arrived[later] == 1


def test_a_run_that_fails_is_no_sign_of_life(committed_db):
    with psycopg.connect(make_conninfo(os.environ["DESK_TEST_OWNER"], dbname=committed_db), autocommit=True) as owner:
        owner.execute("ALTER TABLE communications_delivery RENAME TO away")
    with pytest.raises(ProgrammingError):
        stand_in("deliver", None)
    assert not Heartbeat.objects.exists()


def test_a_mail_server_that_hangs_does_not_keep_the_stand_by_from_sweeping(waiting, sink):
    waiting(1, at=database_now())
    sink.greeting_delay = 60.0
    with running("engine", sink):
        eventually(lambda: sink.lines)
        at = database_now()
        eventually(lambda: Heartbeat.objects.filter(engine="sweep", beat_at__gt=at + timedelta(seconds=2)))
        assert Delivery.objects.get().state == DeliveryState.SENDING


def test_a_worker_s_run_of_deliver_is_short_even_when_much_is_due(greeted, sink, monkeypatch):
    for _ in range(5):
        greeted(at=database_now() - timedelta(seconds=1))
    sink.delay = 0.2
    monkeypatch.setattr(tasks, "ONE_RUN", timedelta(seconds=0.5))
    began = time.monotonic()
    tasks.deliver()
    assert time.monotonic() - began < 2.0
    assert 0 < len(sink.mails) < 5


def test_a_due_promise_is_stamped_by_a_run_of_sweep(greeted):
    ticket = greeted(at=database_now() - timedelta(days=30))
    run_sweep()
    assert TicketDeadline.objects.filter(ticket=ticket, breached_at__isnull=False).exists()


def cut_connections(*, but_ours: bool = False) -> None:
    """End every session of this database, as a failover does."""
    which = "pid <> pg_backend_pid()" if but_ours else "true"
    with connection.cursor() as cursor, suppress(OperationalError):
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM ({SESSIONS}) sessions WHERE {which}")
