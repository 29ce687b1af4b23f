"""The outbox: claims deliveries that are due, sends them, records what came of it. Safe to kill at any line."""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction

from communications.channels import Lines
from communications.channels.answer import Answer
from communications.models import Delivery, DeliveryAttempt, DeliveryState, Outcome
from communications.signals import delivery_failed

log = logging.getLogger(__name__)

# Retry after 1, 2, 4 … minutes, at most 4 hours apart, for 4 days (RFC 5321 §4.5.4.1); in doubt: once, in 10 minutes.
FIRST_WAIT, LONGEST_WAIT, GIVE_UP_AFTER = timedelta(minutes=1), timedelta(hours=4), timedelta(days=4)
IN_DOUBT_WAIT = timedelta(minutes=10)
ABANDONED_AFTER = timedelta(milliseconds=100)  # a claim older than this whose lock is free belonged to a dead worker
DEADLY_TRIES = 5  # a message that killed this many workers in a row is parked
LONGEST_TRY = "5min"  # longer than any channel's time-outs together; then PostgreSQL takes the lock from a frozen host
LOCK_CLASS = 20_001

# What dead workers left goes before what is due, or a backlog would hide it.
CLAIM = """
    WITH seems_abandoned AS (
        SELECT id FROM communications_delivery
        WHERE state = 'sending' AND kind <> ALL(%(leaving)s)
            AND claimed_at < clock_timestamp() - make_interval(secs => %(abandoned_after)s)
        ORDER BY claimed_at LIMIT 200 FOR UPDATE SKIP LOCKED),
    due AS (
        SELECT id FROM communications_delivery WHERE state = 'queued' AND kind <> ALL(%(leaving)s) AND due_at <= %(at)s
        ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED),
    mine AS (
        SELECT id FROM seems_abandoned WHERE pg_try_advisory_xact_lock(%(lock)s, (id %% 2147483648)::int)
        UNION ALL SELECT id FROM due LIMIT %(batch)s)
    UPDATE communications_delivery
    SET state = 'sending', claimed_at = clock_timestamp(), attempts = least(attempts + 1, 32767)
    WHERE id IN (SELECT id FROM mine)
    RETURNING id, attempts
"""
OWN = "SELECT pg_try_advisory_xact_lock(%s, %s), set_config('idle_in_transaction_session_timeout', %s, true)"


def deliver(at: datetime, *, within: timedelta | None = None) -> Counter[str]:
    """Send everything that is due by ``at`` (aware UTC), until nothing is left or ``within`` is over; counts outcomes.

    T1 claims one by SKIP LOCKED and commits one more try. T2 takes the delivery's advisory lock, looks again, sends,
    writes the outcome and commits (design §5 'Delivery'; measured in reliability §3c). Killed anywhere, a message is
    sent at most once more, with the same Message-ID. A provider that is away costs one try a run, not one a message.
    """
    outcomes: Counter[str] = Counter()
    started = time.monotonic()
    with Lines() as lines:
        while within is None or time.monotonic() - started < within.total_seconds():
            claimed = claim(at, leaving=lines.away)
            if not claimed:
                break
            for delivery_id, attempt in claimed:
                outcomes.update(_send_apart(delivery_id, attempt, at, lines))
    return outcomes


def claim(at: datetime, *, batch: int = 1, leaving: Collection[str] = ()) -> list[tuple[int, int]]:
    """T1: (delivery id, number of this try) of up to ``batch`` due or abandoned deliveries, committed as ours.

    ``leaving`` are kinds not to touch. A claim whose turn does not come within ABANDONED_AFTER may be taken by others.
    """
    facts: dict[str, Any] = {
        "at": at,
        "batch": batch,
        "leaving": list(leaving),
        "abandoned_after": ABANDONED_AFTER.total_seconds(),
        "lock": LOCK_CLASS,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, facts)
        return [(delivery_id, attempt) for delivery_id, attempt in cursor.fetchall()]


def _send_apart(delivery_id: int, attempt: int, at: datetime, lines: Lines) -> list[str]:
    """T2, so that one that cannot be recorded (or a connection cut meanwhile) keeps nobody; it is reclaimed, or parked.

    When the database itself is away, the next claim raises.
    """
    try:
        return _send_one(delivery_id, attempt, at, lines)
    except Exception:
        log.warning("Delivery %s was tried, but the outcome could not be written.", delivery_id, exc_info=True)
        return ["unwritten"]


def _send_one(delivery_id: int, attempt: int, at: datetime, lines: Lines) -> list[str]:
    """T2; nothing when somebody else owns the delivery by now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OWN, [LOCK_CLASS, delivery_id % 2**31, LONGEST_TRY])
        if not cursor.fetchone()[0]:
            return []
        delivery = (
            Delivery.objects.select_for_update(of=("self",))  # an erasure waits for the answer, and erases that too
            .select_related("message", "destination__account")
            .filter(pk=delivery_id, state=DeliveryState.SENDING, attempts=attempt)
            .first()
        )
        if delivery is None:
            return []
        started = time.monotonic()
        answer = _ask(delivery, lines)
        DeliveryAttempt.objects.create(
            delivery=delivery,
            number=attempt,
            started_at=delivery.claimed_at or at,
            took=timedelta(seconds=time.monotonic() - started),
            outcome=answer.outcome,
            answer=_storable(answer.text),
            provider_id=answer.provider_id[:250],
        )
        _settle(delivery, answer, at)
        return [answer.outcome.value]


def _ask(delivery: Delivery, lines: Lines) -> Answer:
    unanswered = _unanswered_tries(delivery)
    if unanswered >= DEADLY_TRIES:
        return Answer(Outcome.PERMANENT, f"parked: {unanswered} tries in a row ended without any answer")
    try:
        return lines.deliver(delivery)
    except DatabaseError:
        raise
    except Exception as error:
        log.warning("Delivery %s cannot be sent.", delivery.pk, exc_info=True)
        return Answer(Outcome.PERMANENT, f"parked: {type(error).__name__}: {error}")


def _unanswered_tries(delivery: Delivery) -> int:
    """How many tries before this one, since the last line of the log, left no line: their workers died."""
    if delivery.attempts <= DEADLY_TRIES:
        return 0
    last = delivery.attempt_log.order_by("-id").first()
    return delivery.attempts - 1 - (last.number if last else 0)


def _settle(delivery: Delivery, answer: Answer, at: datetime) -> None:
    delivery.claimed_at = None
    delivery.provider_id = answer.provider_id[:250] or delivery.provider_id
    delivery.last_error = ""
    delivery.state = DeliveryState.DELIVERED
    if answer.outcome is not Outcome.DELIVERED:
        delivery.last_error = _storable(answer.text)
        wait = _wait(delivery, answer, at)
        delivery.state = DeliveryState.DEAD if wait is None else DeliveryState.QUEUED
        delivery.due_at = delivery.due_at if wait is None else at + wait
    delivery.settled_at = None if delivery.state == DeliveryState.QUEUED else at
    delivery.save(update_fields=["state", "due_at", "claimed_at", "last_error", "provider_id", "settled_at"])
    if delivery.state == DeliveryState.DEAD:
        _tell(delivery, at)


def _wait(delivery: Delivery, answer: Answer, at: datetime) -> timedelta | None:
    """How long until the next try; None: give up. A redrive by hand starts the count anew."""
    if answer.outcome is Outcome.PERMANENT:
        return None
    since = delivery.message.created_at
    tries: list[str] = []
    for outcome, started_at in delivery.attempt_log.order_by("id").values_list("outcome", "started_at"):
        if outcome == Outcome.REDRIVEN:
            since, tries = started_at, []
        else:
            tries.append(outcome)
    if at - since > GIVE_UP_AFTER or tries.count(Outcome.UNKNOWN) > 1:
        return None
    if answer.retry_after:
        return min(answer.retry_after, GIVE_UP_AFTER)
    if answer.outcome is Outcome.UNKNOWN:
        return IN_DOUBT_WAIT
    return min(FIRST_WAIT * 2 ** min(len(tries) - 1, 12), LONGEST_WAIT) * random.uniform(0.5, 1)


def _tell(delivery: Delivery, at: datetime) -> None:
    """Tell the apps above; if one cannot hear it the delivery is given up nevertheless, or it would be sent again."""
    try:
        with transaction.atomic():
            delivery_failed.send(sender=Delivery, delivery=delivery, at=at)
    except Exception:
        log.exception("Delivery %s was given up, and its subject could not be told.", delivery.pk)


def _storable(text: str) -> str:
    return text.replace("\x00", "�")[:2048]
