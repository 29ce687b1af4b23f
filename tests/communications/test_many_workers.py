"""Many workers on one outbox, killed, frozen and cut off at the worst moment: nothing is lost, little is doubled."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from communications import outbox
from communications.channels import Lines
from communications.models import Delivery, DeliveryAttempt, DeliveryState
from communications.outbox import _send_one, claim, deliver
from tests.communications.conftest import SOON, delivery_of, outcomes_of
from tests.communications.processes import PATIENCE, at_once, eventually, run_apart, running
from tests.sinks.smtp import SmtpSink

HOLDERS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND granted"


@pytest.mark.parametrize("batch", [1, 7])
def test_four_workers_never_claim_the_same_delivery(waiting, monkeypatch, batch):
    waiting(200)
    monkeypatch.setattr(outbox, "ABANDONED_AFTER", timedelta(hours=1))
    all_have_begun = threading.Barrier(4)  # a fast machine lets three empty the outbox while the fourth still connects

    def work() -> list[tuple[int, int]]:
        begun = claim(SOON, batch=batch)
        all_have_begun.wait(PATIENCE)
        return begun + [one for _ in range(200) for one in claim(SOON, batch=batch)]

    claims = at_once(4, work)
    claimed = [delivery_id for one in claims for delivery_id, _ in one]
    assert sorted(claimed) == sorted(Delivery.objects.values_list("pk", flat=True))
    assert min(len(one) for one in claims) >= batch


def test_four_workers_never_take_over_the_same_try(waiting, monkeypatch):
    waiting(20)
    monkeypatch.setattr(outbox, "ABANDONED_AFTER", timedelta())
    claims = at_once(4, lambda: [one for _ in range(100) for one in claim(SOON)])
    tries = [one for claimed in claims for one in claimed]
    assert len(tries) == len(set(tries)) > 100


def test_what_a_dead_worker_left_goes_before_a_backlog(waiting):
    waiting(3)
    left = claim(SOON, batch=2)
    time.sleep(outbox.ABANDONED_AFTER.total_seconds() * 1.2)
    assert [claim(SOON) for _ in range(2)] == [[(delivery_id, 2)] for delivery_id, _ in sorted(left)]


def test_a_worker_that_comes_late_to_its_own_claim_leaves_it_to_who_took_it_over(waiting, sink):
    waiting(1)
    (mine,) = claim(SOON)
    time.sleep(outbox.ABANDONED_AFTER.total_seconds() * 1.2)
    assert at_once(1, lambda: deliver(SOON)) == [Counter(delivered=1)]
    with Lines() as lines:
        assert _send_one(*mine, SOON, lines) is None
    assert_each_once(sink, 1)


def test_a_worker_does_not_send_what_another_is_just_taking_over(waiting, sink):
    waiting(1)
    (mine,) = claim(SOON)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [outbox.LOCK_CLASS, mine[0]])
        with Lines() as lines:
            assert at_once(1, lambda: _send_one(*mine, SOON, lines)) == [None]
    assert sink.mails == []


def test_two_delivers_at_once_send_each_message_once(waiting, sink):
    waiting(40)
    sink.delay = 0.01
    first, second = at_once(2, lambda: deliver(SOON))
    assert (first + second) == Counter(delivered=40)
    assert min(first.total(), second.total()) >= 5
    assert_each_once(sink, 40)


def test_a_slow_server_makes_nobody_s_claim_look_abandoned(waiting, sink):
    waiting(6)
    sink.delay = outbox.ABANDONED_AFTER.total_seconds() * 1.5
    at_once(3, lambda: deliver(SOON))
    assert_each_once(sink, 6)
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_what_a_killed_worker_held_is_taken_over_within_a_second(waiting, sink):
    (ticket,) = waiting(1)
    sink.delay = PATIENCE
    with running("deliver", sink) as process:
        eventually(lambda: sink.mails)
        process.kill()
        killed = time.monotonic()
        sink.delay = 0.0
        eventually(lambda: deliver(SOON)["delivered"] == 1)
    assert time.monotonic() - killed < 1.0
    first, again = sink.mails
    assert first.content == again.content
    delivery = delivery_of(ticket)
    assert (delivery.attempts, outcomes_of(delivery)) == (2, ["delivered"])


def test_a_worker_killed_before_it_spoke_doubles_nothing(waiting, sink):
    (ticket,) = waiting(1)
    sink.greeting_delay = PATIENCE
    with running("deliver", sink) as process:
        eventually(lambda: delivery_of(ticket).state == DeliveryState.SENDING and sink.lines)
        process.kill()
        sink.greeting_delay = 0.0
        eventually(lambda: deliver(SOON)["delivered"] == 1)
    assert_each_once(sink, 1)


def test_a_frozen_worker_keeps_its_delivery_and_the_others_go_on(waiting, sink):
    held, *_ = waiting(5)
    sink.delay = 1.0
    with running("deliver", sink) as process:
        eventually(lambda: sink.mails)
        process.send_signal(signal.SIGSTOP)
        sink.delay = 0.0
        until = time.monotonic() + 10 * outbox.ABANDONED_AFTER.total_seconds()
        sent: Counter[str] = Counter()
        while time.monotonic() < until:
            sent += deliver(SOON)
        process.send_signal(signal.SIGCONT)
        eventually(lambda: delivery_of(held).state == DeliveryState.DELIVERED)
    assert sent == Counter(delivered=4)
    assert_each_once(sink, 5)


def test_a_host_frozen_for_longer_than_any_try_loses_its_lock_to_the_living(waiting, sink, monkeypatch, caplog):
    (ticket,) = waiting(1)
    monkeypatch.setattr(outbox, "LONGEST_TRY", "300ms")
    sink.delay = 1.0
    frozen = threading.Thread(target=run_apart, args=(lambda: deliver(SOON),))
    frozen.start()
    eventually(lambda: sink.mails)
    sink.delay = 0.0
    eventually(lambda: deliver(SOON)["delivered"] == 1)
    frozen.join()
    assert "terminating connection due to idle-in-transaction timeout" in caplog.text
    assert outcomes_of(delivery_of(ticket)) == ["delivered"]
    assert len({mail.parsed["Message-ID"] for mail in sink.mails}) == 1


def test_a_database_connection_cut_while_sending_costs_at_most_one_copy(waiting, sink):
    waiting(5)
    sink.delay = 0.3  # so long that the abandoned one is taken over before the run ends
    with running("deliver", sink) as process:
        eventually(lambda: sink.mails)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM ({HOLDERS}) holders", [outbox.LOCK_CLASS])
        assert process.wait(PATIENCE) == 0
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}
    copies = Counter(mail.parsed["Message-ID"] for mail in sink.mails)
    assert sorted(copies.values()) == [1, 1, 1, 1, 2]


def test_many_deliveries_held_by_others_do_not_hide_an_abandoned_one(waiting):
    waiting(30)
    held = claim(SOON, batch=29)
    (abandoned,) = claim(SOON)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_advisory_lock(%s, id::int)) FROM unnest(%s) AS id",
            [outbox.LOCK_CLASS, [delivery_id for delivery_id, _ in held]],
        )
    time.sleep(outbox.ABANDONED_AFTER.total_seconds() * 1.2)
    ((taken_over,),) = at_once(1, lambda: claim(SOON))
    assert taken_over == (abandoned[0], 2)


def test_the_outbox_command_says_what_became_of_what_was_due(waiting, sink):
    waiting(3)
    with running("deliver", sink) as process:
        said, _ = process.communicate(timeout=PATIENCE)
    assert said == "delivered: 3\n"
    assert DeliveryAttempt.objects.count() == 3
    now = datetime.now(UTC)
    assert all(now - timedelta(minutes=1) < one.started_at < now for one in DeliveryAttempt.objects.all())


def assert_each_once(sink: SmtpSink, count: int) -> None:
    """Everything was sent, nothing twice."""
    ids = [mail.parsed["Message-ID"] for mail in sink.mails]
    assert len(ids) == len(set(ids)) == count
