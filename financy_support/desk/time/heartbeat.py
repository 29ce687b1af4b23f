"""Heartbeat: when an engine last ran, so that the stand-by knows whether it is needed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

SILENCE = timedelta(seconds=5)


class Heartbeat(models.Model):
    """One row an engine (sweep, deliver). No history: it says nothing but that somebody is alive."""

    engine = models.CharField(max_length=20, primary_key=True)
    beat_at = models.DateTimeField()
    lateness = models.DurationField(default=timedelta)

    class Meta:
        app_label = "desk"

    def __str__(self) -> str:
        return f"{self.engine} at {self.beat_at:%H:%M:%S}"


def beat(engine: str, at: datetime, lateness: timedelta = timedelta()) -> None:
    """Say that ``engine`` ran at ``at`` (aware UTC), with the lateness it saw."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(engine=engine, beat_at=at, lateness=lateness)],
        update_conflicts=True,
        unique_fields=["engine"],
        update_fields=["beat_at", "lateness"],
    )


def is_silent(engine: str, at: datetime) -> bool:
    """True when nobody ran ``engine`` for more than five seconds before ``at``."""
    return not Heartbeat.objects.filter(engine=engine, beat_at__gt=at - SILENCE).exists()
