"""Deadline: one promise with a due time. It pauses, resumes, re-targets and keeps its facts for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.time.calendar import BusinessCalendar
from financy_support.desk.time.clock import AROUND_THE_CLOCK, WorkingHours


class DeadlineState(models.TextChoices):
    """What a promise is at a moment; worst first, as a queue sorts them."""

    BREACHED = "breached", _("breached")
    AT_RISK = "at_risk", _("at risk")
    RUNNING = "running", _("fine")
    PAUSED = "paused", _("on hold")
    MET = "met", _("met")
    CANCELLED = "cancelled", _("cancelled")


STATE_OF_A_ROUND = (
    "target", "started_at", "due_at", "remaining", "warn_at", "warned_at", "breached_at", "met_at", "cancelled_at",
    "cancel_reason", "failures", "last_error", "retry_at", "next_look_at",
)  # fmt: skip


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    """Which promises."""

    def open(self) -> Self:
        """Neither met nor cancelled: running, paused, or breached and still owed."""
        return self.filter(met_at__isnull=True, cancelled_at__isnull=True)

    def cancel(self, at: datetime, *, reason: str) -> int:
        """Cancel many in one statement; one that was late by ``at`` keeps that fact (as :meth:`Deadline.cancel`)."""
        is_late = Q(due_at__lt=at, breached_at__isnull=True)
        return self.update(
            breached_at=Case(When(is_late, then=F("due_at")), default=F("breached_at")),
            cancelled_at=at,
            cancel_reason=reason,
            next_look_at=None,
            retry_at=None,
        )

    def to_look_at(self, at: datetime) -> Self:
        """Those in which something happens by ``at``: a warning, a breach, or a second try."""
        return self.filter(next_look_at__lte=at).order_by("next_look_at", "pk")


class Deadline(AuditedModel):
    """Abstract promise (design §3 'Deadline'); a concrete class adds the foreign key named by ``subject_field``.

    All instants are aware UTC. ``target`` is working time in ``calendar`` (none: around the clock), frozen at the
    start with the policy it came from. ``due_at`` is null while paused, ``remaining`` null while running.
    ``breached_at`` is the due instant, written once, never erased. ``next_look_at`` is when the sweeper must act next,
    null when it never must: the one partial index of a sweep.
    """

    subject_field: ClassVar[str]
    subject_related: ClassVar[tuple[str, ...]] = ()  # what handlers read of the subject, fetched with its lock

    kind = models.CharField(_("kind"), max_length=40)
    target = models.DurationField(_("target"))
    policy_source = models.CharField(_("policy"), max_length=120, help_text=_("The row that the target came from."))
    calendar = models.ForeignKey(
        "desk.BusinessCalendar",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("calendar"),
        db_index=False,
    )
    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(_("due"), null=True)
    remaining = models.DurationField(_("remaining while paused"), null=True)
    warn_percent = models.PositiveSmallIntegerField(_("warn at percent of target"), default=75)
    warn_at = models.DateTimeField(_("warn at"), null=True)
    warned_at = models.DateTimeField(_("warned"), null=True)
    breached_at = models.DateTimeField(_("breached"), null=True)
    met_at = models.DateTimeField(_("met"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    cancel_reason = models.CharField(_("why cancelled"), max_length=200, blank=True)
    repeats_every = models.DurationField(_("repeats every"), null=True)
    failures = models.PositiveSmallIntegerField(_("failed tries to act on it"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    retry_at = models.DateTimeField(_("next try"), null=True)
    next_look_at = models.DateTimeField(_("next look"), null=True)

    objects: ClassVar[models.Manager[Any]] = DeadlineQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} due {self.due_at:%Y-%m-%d %H:%M:%S}" if self.due_at else f"{self.kind} on hold"

    @property
    def hours(self) -> WorkingHours:
        """The hours in which this promise's time runs."""
        return self.calendar.working_hours() if self.calendar else AROUND_THE_CLOCK

    @property
    def is_open(self) -> bool:
        return self.met_at is None and self.cancelled_at is None

    def state(self, at: datetime) -> DeadlineState:
        """What the promise is at ``at``; a kept promise that was late stays breached.

        A cancelled one says so, though ``breached_at`` may tell that it was late before.
        """
        if self.cancelled_at:
            return DeadlineState.CANCELLED
        if self.breached_at or (self.is_open and self.due_at and self.due_at < at):
            return DeadlineState.BREACHED
        if self.met_at:
            return DeadlineState.MET
        if self.due_at is None:
            return DeadlineState.PAUSED
        return DeadlineState.AT_RISK if self.warn_at and self.warn_at <= at else DeadlineState.RUNNING

    def time_left(self, at: datetime) -> timedelta:
        """Working time until due; negative (in plain time) once late; what was stored while paused."""
        if self.due_at is None:
            return self.remaining or timedelta()
        return self.hours.working_between(at, self.due_at) if at <= self.due_at else self.due_at - at

    def start(self, at: datetime) -> Self:
        """Start the clock with the whole target before it."""
        self.started_at = at
        self._run(at, self.target)
        return self

    def pause(self, at: datetime) -> None:
        """Stop the clock and keep what is left; nothing happens when it is paused, met or already late."""
        self._stamp_if_late(at)
        if not self.is_open or self.due_at is None or self.breached_at:
            return
        self.remaining = self.time_left(at)
        self.due_at = self.warn_at = self.next_look_at = None

    def resume(self, at: datetime) -> None:
        """Run on with what was left, so that a pause can never breach after the fact."""
        if self.is_open and self.due_at is None:
            self._run(at, self.remaining or timedelta())

    def retarget(
        self,
        target: timedelta,
        *,
        policy_source: str,
        calendar: BusinessCalendar | None = None,
        warn_percent: int = 75,
        at: datetime,
    ) -> None:
        """Promise anew, in the new promise's own hours, and keep the time that was used; never due before ``at``.

        A promise already broken stays broken: its breach is a fact.
        """
        self._stamp_if_late(at)
        if not self.is_open or self.breached_at:
            return
        used = self.target - self.time_left(at)
        self.target, self.policy_source, self.calendar, self.warn_percent = (
            target,
            policy_source,
            calendar,
            warn_percent,
        )
        left = max(target - used, timedelta())
        if self.due_at is None:
            self.remaining = left
        else:
            self._run(at, left)

    def meet(self, at: datetime) -> None:
        """The promise is kept; when ``at`` is past due it is recorded as late as well."""
        if self.is_open:
            self._stamp_if_late(at)
            self.met_at = at
            self._rest()

    def cancel(self, at: datetime, reason: str) -> None:
        """The promise no longer counts, for a named reason; a breach before ``at`` stays a fact."""
        if self.is_open:
            self._stamp_if_late(at)
            self.cancelled_at, self.cancel_reason = at, reason
            self._rest()

    def next_round(self) -> Self:
        """What follows a repeating deadline that came due: unsaved, started where this one was due."""
        assert self.repeats_every and self.breached_at
        kept = {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if not field.primary_key and field.name not in STATE_OF_A_ROUND
        }
        return type(self)(**{**kept, "target": self.repeats_every}).start(self.breached_at)

    def _run(self, at: datetime, left: timedelta) -> None:
        self.due_at = self._after(at, left)
        self.remaining = None
        before_warning = self.target * self.warn_percent / 100 - (self.target - left)
        self.warn_at = self._after(at, max(before_warning, timedelta()))
        self.next_look_at = self.due_at if self.warned_at else self.warn_at

    def _after(self, at: datetime, left: timedelta) -> datetime:
        """``left`` of working time after ``at``; most promises count around the clock, where that is plain addition."""
        return at + left if self.calendar_id is None else self.hours.advance(at, left)

    def _stamp_if_late(self, at: datetime) -> None:
        """Late before the sweeper noticed: the fact is written now, and the sweeper still acts on it when it comes."""
        if self.is_open and self.due_at and self.due_at < at and self.breached_at is None:
            self.breached_at = self.due_at
            self.next_look_at = self.due_at

    def _rest(self) -> None:
        self.next_look_at = self.retry_at = None
