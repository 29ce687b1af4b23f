"""Promises, pure: which deadlines a ticket of a severity gets, at the door and on entering a tier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from communications.models import Channel
from financy_support.desk.time.calendar import BusinessCalendar
from tickets.models import DeadlineKind, SlaMetric, SlaTarget
from tickets.policy import Policy


@dataclass(frozen=True)
class Promise:
    """One deadline to be: how long, by which row, in which hours."""

    kind: DeadlineKind
    target: timedelta
    source: str
    warn_percent: int = 75
    calendar: BusinessCalendar | None = None
    tier: int | None = None

    def due(self, at: datetime) -> datetime:
        """When it falls due if it starts at ``at``."""
        return self.calendar.working_hours().advance(at, self.target) if self.calendar else at + self.target


def response_promise(
    policy: Policy, *, kind: DeadlineKind, severity: str, channel: Channel | None, at: datetime
) -> Promise:
    """First or next response: severity's or channel's time, whichever falls due first from ``at``.

    Source: handbook 'response_time'; design §8, 16.
    """
    by_severity = _of(policy.target(SlaMetric.FIRST_RESPONSE, severity), kind)
    if channel is None or not channel.response_time:
        return by_severity
    by_channel = Promise(
        kind, channel.response_time, f"channel {channel.code}", by_severity.warn_percent, channel.calendar
    )
    return min(by_severity, by_channel, key=lambda promise: promise.due(at))


def resolution_promise(policy: Policy, *, severity: str) -> Promise:
    """Handbook 'resolution_time'."""
    return _of(policy.target(SlaMetric.RESOLUTION, severity), DeadlineKind.RESOLUTION)


def tier_promises(policy: Policy, *, severity: str, tier: int) -> list[Promise]:
    """On entering a tier: its response time, and how long a ticket may stay (handbook 'response_sla', 'time_based')."""
    promises = [_of(policy.target(SlaMetric.TIER_RESPONSE, severity, tier), DeadlineKind.TIER_RESPONSE, tier)]
    path = policy.path_from(tier, severity)
    if path:
        promises.append(Promise(DeadlineKind.TIME_IN_TIER, path.time_in_tier, f"path {path.code}", tier=tier))
    return promises


def _of(row: SlaTarget, kind: DeadlineKind, tier: int | None = None) -> Promise:
    return Promise(kind, row.target, f"SLA target: {row}", row.warn_percent, row.calendar, tier)
