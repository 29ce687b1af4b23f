"""The outbox: claims deliveries that are due, sends them, records what came of it. Safe to kill at any line."""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, OuterRef
from django.dispatch import Signal

from communications.budget import over_budget
from communications.channels import Lines
from communications.channels.answer import Answer
from communications.gates import let_next_try, mind_gate
from communications.models import Delivery, DeliveryAttempt, DeliveryState, Gate, MailBudget, Outcome, QuietHours
from communications.sealing import KeyMissing
from communications.signals import delivery_failed, delivery_parked
from communications.ways import quiet_until

log = logging.getLogger(__name__)

# Retry after 1, 2, 4 … minutes, at most 4 hours apart, for 4 days (RFC 5321 §4.5.4.1); in doubt: once, in 10 minutes.
FIRST_WAIT, LONGEST_WAIT, GIVE_UP_AFTER = timedelta(minutes=1), timedelta(hours=4), timedelta(days=4)
IN_DOUBT_WAIT = timedelta(minutes=10)
ABANDONED_AFTER = timedelta(milliseconds=100)  # a claim older than this whose lock is free belonged to a dead worker
DEADLY_TRIES = 5  # a message that killed this many workers in a row is parked
LONGEST_TRY = "5min"  # longer than any channel's time-outs together; then PostgreSQL takes the lock from a frozen host
LOCK_CLASS = 20_001
NOT_TRIED = (Outcome.PARKED, Outcome.POSTPONED)
PROBING = timedelta(seconds=0.5)  # how long a run may go on starting tries at closed gates

CLAIM = "SELECT id, attempts FROM communications_claim(%s, %s, %s, %s, %s, %s)"  # see migration 0018_places_in_turn
OWN = "SELECT pg_try_advisory_xact_lock(%s, %s), set_config('idle_in_transaction_session_timeout', %s, true)"


def deliver(at: datetime, *, within: timedelta | None = None) -> Counter[str]:
    """Send everything that is due by ``at`` (aware UTC), until nothing is left or ``within`` is over; counts outcomes.

    T1 claims one by SKIP LOCKED and commits one more try. T2 takes the delivery's advisory lock, looks again, sends,
    writes the outcome and commits (design §5 'Delivery'; measured in reliability §3c). Killed anywhere, a message is
    sent at most once more, with the same Message-ID. A provider that is away closes its gate (``gates.py``) on all
    hosts: that costs one try now and then, and holds up nobody who waits at another gate.
    """
    run = _Run(at, within)
    with Lines() as run.lines:
        while run.send_what_is_due() and run.try_closed_gates():
            pass
    return run.outcomes


class _Run:
    """One call of deliver: how much time it has, and what came of what it sent."""

    lines: Lines

    def __init__(self, at: datetime, within: timedelta | None) -> None:
        self.at, self.within = at, within
        self.outcomes: Counter[str] = Counter()
        self._started = time.monotonic()

    @property
    def moment(self) -> datetime:
        """``at``, moved on by the time that this run has taken."""
        return self.at + timedelta(seconds=time.monotonic() - self._started)

    @cached_property
    def budgets(self) -> list[MailBudget]:
        """The budgets of automatic mail, read once a run."""
        return list(MailBudget.objects.all())

    @cached_property
    def quiet_hours(self) -> list[QuietHours]:
        """When customers are left in peace, read once a run."""
        return list(QuietHours.objects.all())

    def send_what_is_due(self) -> bool:
        """Until nothing is left; False when the time is over."""
        while not self._is_over():
            moment = self.moment
            claimed = claim(self.at, moment=moment)
            if not claimed:
                return True
            self._send(claimed, moment)
        self.try_closed_gates()  # last, and however much is due: who waits for a long answer must keep nobody waiting
        return False

    def try_closed_gates(self) -> bool:
        """Let one pass at each closed gate whose time has come, while that takes no long; True when one opened."""
        until, opened = time.monotonic() + PROBING.total_seconds(), False
        while time.monotonic() < until:
            moment = self.moment
            claimed = claim(self.at, moment=moment, is_probing=True)
            if not claimed:
                break
            opened |= self._send(claimed, moment, is_probing=True)
        return opened and not self._is_over()

    def _send(self, claimed: list[tuple[int, int]], passed_at: datetime, *, is_probing: bool = False) -> bool:
        """Each apart, so that one that cannot be recorded (or a connection cut meanwhile) keeps nobody.

        It is reclaimed, or parked in the end. When the database itself is away, the next claim raises. The gate follows
        in a transaction of its own: others share it, so it must never be locked while a provider is asked.
        """
        opened = False
        for delivery_id, attempt in claimed:
            try:
                tried = _send_one(delivery_id, attempt, self.at, self.lines, self.budgets, self.quiet_hours)
                if tried is not None:
                    self.outcomes[tried.answer.outcome.value] += 1
                    opened |= self._mind_gate(tried, passed_at, is_probing=is_probing)
            except Exception:
                log.warning("Delivery %s was tried, but the outcome could not be written.", delivery_id, exc_info=True)
                self.outcomes["unwritten"] += 1
        return opened

    def _mind_gate(self, tried: Tried, passed_at: datetime, *, is_probing: bool) -> bool:
        if tried.answer.outcome not in NOT_TRIED:
            return mind_gate(
                tried.gate,
                tried.answer,
                took=tried.took,
                was_closed=tried.was_closed,
                passed_at=passed_at,
                at=self.moment,
            )
        if is_probing:
            let_next_try(tried.gate, at=self.moment)
        return False

    def _is_over(self) -> bool:
        return self.within is not None and time.monotonic() - self._started >= self.within.total_seconds()


def claim(
    at: datetime, *, batch: int = 1, moment: datetime | None = None, is_probing: bool = False
) -> list[tuple[int, int]]:
    """T1: (delivery id, number of this try) of up to ``batch`` due or abandoned deliveries, committed as ours.

    Urgent ones first, then by due time; what waits at a closed gate is held there, and one at each is given only when
    ``is_probing``, once the gate's time has come at ``moment`` (default ``at``). A claim whose turn does not come
    within ABANDONED_AFTER may be taken by others. One statement that commits itself: a round trip and a flush are most
    of what a claim costs.
    """
    facts: list[Any] = [at, moment or at, batch, is_probing, ABANDONED_AFTER, LOCK_CLASS]
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, facts)
        return [(delivery_id, attempt) for delivery_id, attempt in cursor.fetchall()]


@dataclass(frozen=True)
class Tried:
    """One try and what its gate has to know of it."""

    answer: Answer
    took: timedelta
    gate: str
    was_closed: bool


def _send_one(
    delivery_id: int,
    attempt: int,
    at: datetime,
    lines: Lines,
    budgets: Collection[MailBudget] = (),
    quiet_hours: Collection[QuietHours] = (),
) -> Tried | None:
    """T2; nothing when somebody else owns the delivery by now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OWN, [LOCK_CLASS, delivery_id % 2**31, LONGEST_TRY])
        if not cursor.fetchone()[0]:
            return None
        closed = Gate.objects.filter(key=OuterRef("gate"), closed_at__isnull=False)
        delivery = (
            Delivery.objects.select_for_update(of=("self",))  # an erasure waits for the answer, and erases that too
            .select_related("message", "destination__account", "endpoint__owner")
            .annotate(is_gate_closed=Exists(closed))
            .filter(pk=delivery_id, state=DeliveryState.SENDING, attempts=attempt)
            .first()
        )
        if delivery is None:
            return None
        gate = delivery.gate or delivery.kind
        kept_back = _keep_back(delivery, budgets, quiet_hours, at)
        if kept_back:
            return Tried(kept_back, timedelta(), gate, was_closed=bool(delivery.is_gate_closed))
        started = time.monotonic()
        answer = _ask(delivery, lines)
        took = timedelta(seconds=time.monotonic() - started)
        DeliveryAttempt.objects.create(
            delivery=delivery,
            number=attempt,
            started_at=delivery.claimed_at or at,
            took=took,
            outcome=answer.outcome,
            answer=_storable(answer.text),
            provider_id=answer.provider_id[:250],
        )
        _settle(delivery, answer, at)
        return Tried(answer, took, gate, was_closed=bool(delivery.is_gate_closed))


def _keep_back(
    delivery: Delivery, budgets: Collection[MailBudget], quiet_hours: Collection[QuietHours], at: datetime
) -> Answer | None:
    """Park what is over budget; put off what came to be due within quiet hours, by a retry or a gate that opened."""
    quiet = next((one for one in quiet_hours if one.kind == delivery.kind), None)
    until, reason = quiet_until(quiet, delivery.message.recipient, delivery.priority, at) if quiet else (at, "")
    if reason:
        delivery.state, delivery.due_at = DeliveryState.QUEUED, until
        return _not_tried(delivery, Outcome.POSTPONED, reason, at)
    reason = over_budget(delivery, budgets, at=at)
    if not reason:
        return None
    delivery.state, delivery.settled_at = DeliveryState.PARKED, at
    answer = _not_tried(delivery, Outcome.PARKED, reason, at)
    _tell(delivery_parked, delivery, at=at)
    return answer


def _not_tried(delivery: Delivery, outcome: Outcome, reason: str, at: datetime) -> Answer:
    """The log says so in a line of its own."""
    DeliveryAttempt.objects.create(
        delivery=delivery,
        number=delivery.attempts,
        started_at=at,
        took=timedelta(),
        outcome=outcome,
        answer=reason,
    )
    delivery.claimed_at, delivery.waiting_reason = None, reason[:300]
    delivery.save(update_fields=["state", "due_at", "claimed_at", "settled_at", "waiting_reason"])
    return Answer(outcome, reason)


def correct(delivery: Delivery, answer: Answer, *, at: datetime) -> None:
    """What became of the last try, learned after the provider had taken it; the caller holds the delivery's lock."""
    DeliveryAttempt.objects.create(
        delivery=delivery,
        number=delivery.attempts,
        started_at=at,
        took=timedelta(),
        outcome=answer.outcome,
        answer=_storable(answer.text),
        provider_id=answer.provider_id[:250],
    )
    _settle(delivery, answer, at)


def _ask(delivery: Delivery, lines: Lines) -> Answer:
    unanswered = _unanswered_tries(delivery)
    if unanswered >= DEADLY_TRIES:
        return Answer(Outcome.PERMANENT, f"parked: {unanswered} tries in a row ended without any answer")
    try:
        return lines.deliver(delivery)
    except DatabaseError:
        raise
    except KeyMissing as error:  # ours to mend, and wrong with all that waits at this gate
        return Answer(Outcome.TEMPORARY, error.detail, is_away=True)
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
        _tell(delivery_failed, delivery, answer=answer, at=at)


def _wait(delivery: Delivery, answer: Answer, at: datetime) -> timedelta | None:
    """How long until the next try; None: give up. A redrive by hand starts the count anew."""
    if answer.outcome is Outcome.PERMANENT:
        return None
    since = delivery.message.created_at
    tries: list[str] = []
    for outcome, started_at in delivery.attempt_log.order_by("id").values_list("outcome", "started_at"):
        if outcome == Outcome.REDRIVEN:
            since, tries = started_at, []
        elif outcome in NOT_TRIED:
            continue
        else:
            tries.append(outcome)
    if at - since > GIVE_UP_AFTER or tries.count(Outcome.UNKNOWN) > 1:
        return None
    if answer.retry_after:
        return min(answer.retry_after, GIVE_UP_AFTER)
    if answer.outcome is Outcome.UNKNOWN:
        return IN_DOUBT_WAIT
    return min(FIRST_WAIT * 2 ** min(len(tries) - 1, 12), LONGEST_WAIT) * random.uniform(0.5, 1)


def _tell(news: Signal, delivery: Delivery, **facts: Any) -> None:
    """Tell who has to know; if one cannot hear it the outcome stands nevertheless, or it would be sent again."""
    try:
        with transaction.atomic():
            news.send(sender=Delivery, delivery=delivery, **facts)
    except Exception:
        log.exception("Delivery %s is %s, and its subject could not be told.", delivery.pk, delivery.state)


def _storable(text: str) -> str:
    return text.replace("\x00", "�")[:2048]
