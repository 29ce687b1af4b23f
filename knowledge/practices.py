"""How long the handbook's practices take, as their rows say (Practices, in the back office)."""

from __future__ import annotations

from datetime import timedelta

from knowledge.models import Practice


def span_of(part: str, rule: str) -> timedelta:
    """The time of a practice that has one. Raises Practice.DoesNotExist when the handbook is not loaded."""
    span = Practice.objects.get(part=part, rule=rule, span__isnull=False).span
    assert span is not None, "asked for above"
    return span
