"""The outbox: claims deliveries that are due, sends them, records what came of it. Safe to kill at any line."""

from __future__ import annotations

import logging
import random
from collections import Counter
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from communications.channels import CHANNELS
from communications.channels.answer import Answer
from communications.models import Delivery, DeliveryAttempt, DeliveryState, Outcome
from communications.signals import delivery_failed

log = logging.getLogger(__name__)

# Retry after 1, 2, 4 … minutes, at most 4 hours apart, for 4 days (RFC 5321 §4.5.4.1); in doubt: once more in 10 minutes.
FIRST_WAIT, LONGEST_WAIT, GIVE_UP_AFTER = timedelta(minutes=1), timedelta(hours=4), timedelta(days=4)
IN_DOUBT_WAIT = timedelta(minutes=10)
ABANDONED_AFTER = timedelta(milliseconds=500)  # a claim older than this whose lock is free belonged to a dead worker
DEADLY_TRIES = 5  # a message that killed this many workers is parked
LOCK_CLASS = 20_001

CLAIM = """
    UPDATE communications_delivery SET state = 'sending', claimed_at = clock_timestamp(), attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM communications_delivery WHERE state = 'queued' AND due_at <= %s
        ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING id, attempts
"""
RECLAIM = """
    UPDATE communications_delivery SET claimed_at = clock_timestamp(), attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM (
            SELECT id FROM communications_delivery WHERE state = 'sending' AND claimed_at < clock_timestamp() - %s
            ORDER BY claimed_at LIMIT %s FOR UPDATE SKIP LOCKED) abandoned
        WHERE pg_try_advisory_xact_lock(%s, (id %% 2147483648)::int))
    RETURNING id, attempts
"""
OWN = "SELECT pg_try_advisory_xact_lock(%s, %s)"


def deliver(at: datetime, *, batch: int = 8) -> Counter[str]:
    """Send everything that is due by ``at`` (aware UTC), until nothing is left; returns counts by outcome.

    T1 claims by SKIP LOCKED and commits one more try. T2 takes the delivery's advisory lock, looks again, sends,
    writes the outcome and commits (design §5 'Delivery'; measured in reliability §3c). Killed anywhere, a message is
    sent at most once more, with the same Message-ID.
    """
    outcomes: Counter[str] = Counter()
    while claimed := claim(at, batch=batch):
        for delivery_id, attempt in claimed:
            outcome = _send_one(delivery_id, attempt, at)
            if outcome:
                outcomes[outcome] += 1
    return outcomes


def claim(at: datetime, *, batch: int) -> list[tuple[int, int]]:
    """T1: (delivery id, number of this try) of up to ``batch`` due or abandoned deliveries, committed as ours."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, [at, batch])
        claimed = cursor.fetchall()
        if len(claimed) < batch:
            cursor.execute(RECLAIM, [ABANDONED_AFTER, batch - len(claimed), LOCK_CLASS])
            claimed += cursor.fetchall()
    return [(delivery_id, attempt) for delivery_id, attempt in claimed]


def _send_one(delivery_id: int, attempt: int, at: datetime) -> str | None:
    """T2; None when somebody else owns the delivery by now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OWN, [LOCK_CLASS, delivery_id % 2**31])
        if not cursor.fetchone()[0]:
            return None
        delivery = (
            Delivery.objects.select_related("message")
            .filter(pk=delivery_id, state=DeliveryState.SENDING, attempts=attempt)
            .first()
        )
        if delivery is None:
            return None
        started = timezone.now()
        answer = _ask(delivery)
        DeliveryAttempt.objects.create(
            delivery=delivery,
            number=attempt,
            started_at=started,
            took=timezone.now() - started,
            outcome=answer.outcome,
            answer=answer.text[:2048],
        )
        _settle(delivery, answer, at)
        return answer.outcome.value


def _ask(delivery: Delivery) -> Answer:
    tried = delivery.attempt_log.count()
    if delivery.attempts - tried > DEADLY_TRIES:
        return Answer(Outcome.PERMANENT, f"parked: {delivery.attempts - tried - 1} tries ended without any answer")
    try:
        return CHANNELS[delivery.kind](delivery)
    except Exception as error:
        log.warning("Delivery %s could not be tried.", delivery.pk, exc_info=True)
        return Answer(Outcome.PERMANENT, f"{type(error).__name__}: {error}")


def _settle(delivery: Delivery, answer: Answer, at: datetime) -> None:
    delivery.last_error = "" if answer.outcome is Outcome.DELIVERED else answer.text[:2048]
    delivery.claimed_at = None
    too_old = at - delivery.message.created_at > GIVE_UP_AFTER
    in_doubt_again = answer.outcome is Outcome.UNKNOWN and _was_in_doubt(delivery)
    if answer.outcome is Outcome.DELIVERED:
        delivery.state = DeliveryState.DELIVERED
    elif answer.outcome is Outcome.PERMANENT or too_old or in_doubt_again:
        delivery.state = DeliveryState.DEAD
    else:
        delivery.state = DeliveryState.QUEUED
        delivery.due_at = at + _wait(answer, delivery.attempts)
    delivery.settled_at = None if delivery.state == DeliveryState.QUEUED else at
    delivery.save(update_fields=["state", "due_at", "claimed_at", "last_error", "settled_at"])
    if delivery.state == DeliveryState.DEAD:
        delivery_failed.send(sender=Delivery, delivery=delivery, at=at)


def _was_in_doubt(delivery: Delivery) -> bool:
    return delivery.attempt_log.filter(outcome=Outcome.UNKNOWN).count() > 1


def _wait(answer: Answer, attempts: int) -> timedelta:
    if answer.retry_after:
        return answer.retry_after
    if answer.outcome is Outcome.UNKNOWN:
        return IN_DOUBT_WAIT
    longest = min(FIRST_WAIT * 2 ** min(attempts - 1, 12), LONGEST_WAIT)
    return longest * random.uniform(0.5, 1)
