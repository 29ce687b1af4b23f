"""The sweeper: finds every deadline whose moment has come, stamps the fact, and hands it to its handler."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, User, system_actor
from financy_support.desk.time.deadline import Deadline
from financy_support.desk.time.deadline_handlers import HANDLERS, Passing

log = logging.getLogger(__name__)

BATCH = 1000
LONGEST_RETRY = timedelta(hours=1)


class Passed(NamedTuple):
    """One deadline whose moment came, and when it was."""

    model: type[Deadline]
    pk: int
    kind: str
    passing: Passing
    came_at: datetime

    def group(self) -> tuple[str, str]:
        return self.kind, self.passing.value


@dataclass
class SweepReport:
    """What one sweep did: counts by (table, kind, passing), failures, and how late the latest stamp was."""

    passed: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))
    failed: int = 0
    lateness: timedelta = timedelta()

    @property
    def total(self) -> int:
        return sum(self.passed.values())

    def count(self, passed: list[Passed], at: datetime) -> None:
        for one in passed:
            self.passed[(one.model._meta.label, *one.group())] += 1
            self.lateness = max(self.lateness, at - one.came_at)


def sweep(at: datetime, *, batch: int = BATCH) -> SweepReport:
    """Act on every deadline due by ``at`` in every deadline table, in due order, until none is left.

    One transaction a bounded batch. The *subject* is locked first (SKIP LOCKED), as every verb does, then its
    deadlines are read again. Two sweepers, a late sweep or a sweep run twice change nothing but lateness: what starts
    after a late one starts when it ran.
    A batch that raises is rolled back and replayed one subject a transaction (design §3 'Sweeper').
    """
    report = SweepReport()
    for model in deadline_models():
        while model.objects.filter(next_look_at__lte=at).exists():
            if not _sweep_batch(model, at, batch, report):
                break
    return report


def deadline_models() -> list[type[Deadline]]:
    """Every concrete deadline table."""
    return [model for model in apps.get_models() if issubclass(model, Deadline)]


def _sweep_batch(model: type[Deadline], at: datetime, batch: int, report: SweepReport) -> bool:
    """One transaction over the subjects of up to ``batch`` deadlines.

    False when all of these are locked by others: the next sweep, a second later, tries again.
    """
    sweeper = system_actor(SystemActor.SWEEPER)
    subjects: list[int] = []
    try:
        with acting(by=sweeper, channel="sweep", reason="a deadline came"):
            subjects = _lock_subjects(model, at, batch)
            passed = _pass(model, subjects, at, sweeper)
        report.count(passed, at)
    except Exception:
        log.warning("A batch of %s failed; replaying one subject at a time.", model._meta.label, exc_info=True)
        for subject in subjects:
            _sweep_one(model, subject, at, sweeper, report)
        report.failed += not subjects  # nothing was even locked: the next sweep tries again
    return bool(subjects)


def _lock_subjects(model: type[Deadline], at: datetime, batch: int, only: int | None = None) -> list[int]:
    """Ids of the subjects that are now ours until the transaction ends, in the order that every sweeper locks."""
    due = model.objects.to_look_at(at).values(f"{model.subject_field}_id")[:batch]
    chosen = Q(pk=only) if only else Q(pk__in=due)
    locked = _subjects(model).filter(chosen).order_by("pk").select_for_update(skip_locked=True)
    return list(locked.values_list("pk", flat=True))


def _subjects(model: type[Deadline]) -> Any:
    subject_model = model._meta.get_field(model.subject_field).related_model
    assert isinstance(subject_model, type)
    return subject_model._default_manager


def _pass(model: type[Deadline], subjects: list[int], at: datetime, by: User) -> list[Passed]:
    """Read again what is due, now that its subjects are locked; stamp it in one statement; call the handlers."""
    due = model.objects.to_look_at(at).filter(**{f"{model.subject_field}__in": subjects})
    moments: Any = due.values_list("pk", "kind", "due_at", "warn_at")  # both are set while there is a next look
    passed = [
        Passed(model, pk, kind, Passing.BREACH, due_at)
        if due_at <= at
        else Passed(model, pk, kind, Passing.WARNING, warn_at)
        for pk, kind, due_at, warn_at in moments
    ]
    _stamp(model, [one.pk for one in passed], at)
    _start_next_rounds(model, [one.pk for one in passed if one.passing is Passing.BREACH])
    for (kind, passing), group in groupby(sorted(passed, key=Passed.group), key=Passed.group):
        handler = HANDLERS.get((model, kind))
        if handler:
            deadlines = _with_subjects(model, [one.pk for one in group])
            handler(deadlines, passing=Passing(passing), by=by, at=at)
    return passed


def _stamp(model: type[Deadline], pks: list[int], at: datetime) -> None:
    """Write the facts, each with its own instant, in one statement."""
    late = Q(due_at__lte=at)
    model.objects.filter(pk__in=pks).update(
        warned_at=Coalesce("warned_at", "warn_at"),
        breached_at=Case(When(late & Q(breached_at__isnull=True), then=F("due_at")), default=F("breached_at")),
        next_look_at=Case(When(late, then=None), default=F("due_at")),
        failures=0,
        retry_at=None,
        last_error="",
    )


def _start_next_rounds(model: type[Deadline], breached: list[int]) -> None:
    """A repeating deadline ends with its round, and the next one starts where it was due."""
    ended = list(model.objects.filter(pk__in=breached, repeats_every__isnull=False).select_related("calendar"))
    if ended:
        model.objects.filter(pk__in=[deadline.pk for deadline in ended]).update(
            cancelled_at=F("breached_at"), cancel_reason="the next round began"
        )
        model.objects.bulk_create([deadline.next_round() for deadline in ended])


def _with_subjects(model: type[Deadline], pks: list[int]) -> list[Any]:
    """The deadlines that a handler acts on, each with its subject and what handlers read of that."""
    related = [model.subject_field, *(f"{model.subject_field}__{name}" for name in model.subject_related)]
    return list(model.objects.filter(pk__in=pks).select_related(*related).order_by("pk"))


def _sweep_one(model: type[Deadline], subject: int, at: datetime, sweeper: User, report: SweepReport) -> None:
    """One subject in its own transaction; if it fails again its breach is still stamped, and it waits for its retry."""
    try:
        with acting(by=sweeper, channel="sweep", reason="a deadline came"):
            passed = _pass(model, _lock_subjects(model, at, 1, only=subject), at, sweeper)
        report.count(passed, at)
    except Exception as error:
        log.warning("Acting on %s of %s failed.", model._meta.label, subject, exc_info=True)
        report.failed += 1
        with acting(by=sweeper, channel="sweep", reason=f"acting on it failed: {type(error).__name__}"):
            for locked in _lock_subjects(model, at, 1, only=subject):
                _postpone(model, locked, at, error)


def _postpone(model: type[Deadline], subject: int, at: datetime, error: Exception) -> None:
    deadlines = list(model.objects.to_look_at(at).filter(**{model.subject_field: subject}))
    for deadline in deadlines:
        if deadline.due_at and deadline.due_at <= at:
            deadline.breached_at = deadline.breached_at or deadline.due_at
        deadline.failures += 1
        deadline.last_error = f"{type(error).__name__}: {error}"[:2000].replace("\x00", "")
        deadline.retry_at = at + min(timedelta(seconds=15) * 2 ** min(deadline.failures, 12), LONGEST_RETRY)
        deadline.next_look_at = deadline.retry_at
    model.objects.bulk_update(deadlines, ["breached_at", "failures", "last_error", "retry_at", "next_look_at"])
