"""The sweeper: finds every deadline whose moment has come, stamps the fact, and hands it to its handler."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.apps import apps
from django.db.models import Case, F, Q, When

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, User, system_actor
from financy_support.desk.time.deadline import Deadline
from financy_support.desk.time.deadline_handlers import HANDLERS, Passing

log = logging.getLogger(__name__)

BATCH = 500
LONGEST_RETRY = timedelta(hours=1)


@dataclass
class SweepReport:
    """What one sweep did: counts by (table, kind, passing), failures, and how late the latest stamp was."""

    passed: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))
    failed: int = 0
    lateness: timedelta = timedelta()

    @property
    def total(self) -> int:
        return sum(self.passed.values())


def sweep(at: datetime, *, batch: int = BATCH) -> SweepReport:
    """Act on every deadline due by ``at`` in every deadline table, in due order, until none is left.

    One transaction a bounded batch. The *subject* is locked first (SKIP LOCKED), as every verb does, then its
    deadlines are read again. Two sweepers, a late sweep or a sweep run twice change nothing but lateness.
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
    """One transaction over up to ``batch`` deadlines; False when every remaining subject is locked by others."""
    sweeper = system_actor(SystemActor.SWEEPER)
    subjects: list[Any] = []
    try:
        with acting(by=sweeper, channel="sweep", reason="a deadline came"):
            subjects = _lock_subjects(model, at, batch)
            passed = _pass(model, subjects, at, sweeper)
        _count(report, passed, at)
    except Exception:
        log.warning("A batch of %s failed; replaying one subject at a time.", model._meta.label, exc_info=True)
        for subject in subjects:
            _sweep_one(model, subject.pk, at, sweeper, report)
    return bool(subjects)


def _lock_subjects(model: type[Deadline], at: datetime, batch: int, only: int | None = None) -> list[Any]:
    due = model.objects.to_look_at(at).values(f"{model.subject_field}_id")[:batch]
    subject_model = model._meta.get_field(model.subject_field).related_model
    assert isinstance(subject_model, type)
    chosen = Q(pk=only) if only else Q(pk__in=due)
    subjects = subject_model._default_manager.filter(chosen).select_related(*model.subject_related).order_by("pk")
    return list(subjects.select_for_update(skip_locked=True, of=("self",)))


def _pass(model: type[Deadline], subjects: list[Any], at: datetime, by: User) -> list[tuple[Passing, Deadline]]:
    by_pk = {subject.pk: subject for subject in subjects}
    deadlines = list(
        model.objects.to_look_at(at).filter(**{f"{model.subject_field}__in": list(by_pk)}).select_related("calendar")
    )
    passed = []
    for deadline in deadlines:
        setattr(deadline, model.subject_field, by_pk[getattr(deadline, f"{model.subject_field}_id")])
        is_breach = deadline.due_at is not None and deadline.due_at <= at
        passed.append((Passing.BREACH if is_breach else Passing.WARNING, deadline))
    _stamp(model, deadlines, at)
    _start_next_rounds(model, [deadline for passing, deadline in passed if passing is Passing.BREACH])
    in_kind_order = sorted(passed, key=lambda one: (one[1].kind, one[0].value))
    for (kind, passing), group in groupby(in_kind_order, key=lambda one: (one[1].kind, one[0])):
        handler = HANDLERS.get((model, kind))
        if handler:
            handler([deadline for _, deadline in group], passing=passing, by=by, at=at)
    return passed


def _stamp(model: type[Deadline], deadlines: list[Deadline], at: datetime) -> None:
    """Write the facts in one statement, and the same on the objects in hand."""
    late = Q(due_at__lte=at)
    model.objects.filter(pk__in=[deadline.pk for deadline in deadlines]).update(
        warned_at=Case(When(warned_at__isnull=True, then=F("warn_at")), default=F("warned_at")),
        breached_at=Case(When(late & Q(breached_at__isnull=True), then=F("due_at")), default=F("breached_at")),
        next_look_at=Case(When(late, then=None), default=F("due_at")),
        failures=0,
        retry_at=None,
        last_error="",
    )
    for deadline in deadlines:
        deadline.warned_at = deadline.warned_at or deadline.warn_at
        is_late = deadline.due_at is not None and deadline.due_at <= at
        deadline.breached_at = deadline.breached_at or (deadline.due_at if is_late else None)
        deadline.next_look_at = None if is_late else deadline.due_at
        deadline.failures, deadline.retry_at, deadline.last_error = 0, None, ""


def _start_next_rounds(model: type[Deadline], breached: list[Deadline]) -> None:
    """A repeating deadline ends with its round, and the next one starts where it was due."""
    ended = [deadline for deadline in breached if deadline.repeats_every]
    if ended:
        model.objects.filter(pk__in=[deadline.pk for deadline in ended]).update(
            cancelled_at=F("breached_at"), cancel_reason="the next round began"
        )
        model.objects.bulk_create([deadline.next_round() for deadline in ended])


def _sweep_one(model: type[Deadline], subject: int, at: datetime, sweeper: User, report: SweepReport) -> None:
    """One subject in its own transaction; if it fails again its breach is still stamped, and it waits for its retry."""
    try:
        with acting(by=sweeper, channel="sweep", reason="a deadline came"):
            passed = _pass(model, _lock_subjects(model, at, 1, only=subject), at, sweeper)
        _count(report, passed, at)
    except Exception as error:
        log.warning("Acting on %s of %s failed.", model._meta.label, subject, exc_info=True)
        report.failed += 1
        with acting(by=sweeper, channel="sweep", reason=f"acting on it failed: {type(error).__name__}"):
            for locked in _lock_subjects(model, at, 1, only=subject):
                _postpone(model, locked.pk, at, error)


def _postpone(model: type[Deadline], subject: int, at: datetime, error: Exception) -> None:
    deadlines = list(model.objects.to_look_at(at).filter(**{model.subject_field: subject}))
    for deadline in deadlines:
        if deadline.due_at and deadline.due_at <= at:
            deadline.breached_at = deadline.breached_at or deadline.due_at
        deadline.failures += 1
        deadline.last_error = f"{type(error).__name__}: {error}"[:2000]
        deadline.retry_at = at + min(timedelta(seconds=15) * 2 ** min(deadline.failures, 12), LONGEST_RETRY)
        deadline.next_look_at = deadline.retry_at
    model.objects.bulk_update(deadlines, ["breached_at", "failures", "last_error", "retry_at", "next_look_at"])


def _count(report: SweepReport, passed: list[tuple[Passing, Deadline]], now: datetime) -> None:
    for passing, deadline in passed:
        report.passed[(type(deadline)._meta.label, deadline.kind, passing.value)] += 1
        came = deadline.due_at if passing is Passing.BREACH else deadline.warn_at
        if came:
            report.lateness = max(report.lateness, now - came)
