"""Gates close when a provider is away or asks for patience, and open again by one delivery that gets through."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.functions import Coalesce

from communications.channels.answer import Answer
from communications.models import Gate, Outcome

# Closed for 5, 10, 20 … seconds, at most 5 minutes apart; and for so long that waiting for an answer that does not
# come takes a twentieth of a worker's time, whatever patience the line has.
FIRST_CLOSING, LONGEST_CLOSING, A_TRY_TO_A_REST = timedelta(seconds=5), timedelta(minutes=5), 20
LONGEST_WISH = timedelta(days=4)


def mind_gate(
    key: str, answer: Answer, *, took: timedelta, was_closed: bool, passed_at: datetime, at: datetime
) -> bool:
    """Let the gate follow from one answer; True when that opened it.

    The delivery was let through at ``passed_at``; ``was_closed`` says that the gate was closed then. A provider that
    asks for patience gets it; one that could not be reached is left alone for a while; one that answers is open. Calls
    no database when an open gate of the desk's own stays open.
    """
    if answer.retry_after:
        _close(key, answer, rest=min(answer.retry_after, LONGEST_WISH), is_news=True, at=at)
    elif answer.is_away or (was_closed and answer.outcome is Outcome.UNKNOWN):
        _close(key, answer, rest=took * A_TRY_TO_A_REST, is_news=was_closed, at=at)
    elif was_closed:
        open_gate(key, at=at)
        return True
    elif is_place(key):
        _let_the_next_pass(key, passed_at)
    return False


def is_place(key: str) -> bool:
    """Whether this is the gate of one place, which is served one at a time, or of a whole line of the desk's own."""
    return ":" in key


def open_gate(key: str, *, at: datetime) -> None:
    """Open: what is held goes back to the queue with the next claims, or goes on at its pace."""
    next_pass = ExpressionWrapper(Value(at) + Coalesce(F("pace"), timedelta()), output_field=DateTimeField())
    Gate.objects.filter(key=key).update(
        closed_at=None, closed_until=next_pass, why="", failures=0, is_waited_at=True, passing=None
    )


def let_next_try(key: str, *, at: datetime) -> None:
    """Who was let pass asked nothing: the next one may see at once whether the provider is back."""
    Gate.objects.filter(key=key, closed_at__isnull=False).update(closed_until=at)


def pace_gates(paces: Mapping[str, timedelta], *, at: datetime) -> None:
    """See to it that each of these gates lets one through every so often."""
    Gate.objects.bulk_create(
        [Gate(key=key, closed_until=at, pace=pace) for key, pace in sorted(paces.items())], ignore_conflicts=True
    )


def closed_gates(keys: Iterable[str]) -> dict[str, Gate]:
    """Those of ``keys`` that are closed."""
    return Gate.objects.filter(closed_at__isnull=False).in_bulk(list(set(keys)))


def _let_the_next_pass(key: str, passed_at: datetime) -> None:
    next_pass = ExpressionWrapper(Value(passed_at) + F("pace"), output_field=DateTimeField())
    Gate.objects.filter(key=key, closed_at__isnull=True, pace__isnull=False).update(
        closed_until=next_pass, passing=None
    )


def _close(key: str, answer: Answer, *, rest: timedelta, is_news: bool, at: datetime) -> None:
    """For ``rest``, or what the failures so far ask for; what several found out at the same time counts once."""
    with transaction.atomic():
        Gate.objects.bulk_create([Gate(key=key, closed_until=at)], ignore_conflicts=True)
        gate = Gate.objects.select_for_update().get(key=key)
        if gate.closed_at and not is_news:
            return
        gate.failures = min(gate.failures + 1, 1000)
        gate.closed_at, gate.passing = gate.closed_at or at, None
        gate.closed_until = at + (rest if answer.retry_after else _rest(gate.failures, rest))
        gate.why = answer.text.replace("\x00", "�")[:2048]
        gate.save()


def _rest(failures: int, least: timedelta) -> timedelta:
    backoff = FIRST_CLOSING * 2 ** min(failures - 1, 10) * random.uniform(0.75, 1)
    return min(max(backoff, least), LONGEST_CLOSING)
