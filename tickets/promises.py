"""Promises, pure: which deadlines a ticket of a severity gets, at the door and on entering a tier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

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


def response_promise(policy: Policy, *, kind: DeadlineKind, severity: str, channel: Channel | None) -> Promise:
    """First or next response: the tighter of severity's and channel's time (handbook 'response_time')."""
    row = policy.target(SlaMetric.FIRST_RESPONSE, severity)
    channel_time = channel.response_time if channel else None
    if channel and channel_time and channel_time < row.target:
        return Promise(kind, channel_time, f"channel {channel.code}", row.warn_percent, channel.calendar)
    return _of(row, kind)


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
