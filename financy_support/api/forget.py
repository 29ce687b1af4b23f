"""Stored answers are forgotten when no client retries any more."""

from __future__ import annotations

from datetime import datetime

from financy_support.api.models import IdempotencyKey

BATCH = 5000


def forget_answers(at: datetime) -> int:
    """Delete answers older than :attr:`IdempotencyKey.KEPT_FOR` at ``at``, a batch a statement; returns how many."""
    forgotten = 0
    old = IdempotencyKey.objects.filter(created_at__lt=at - IdempotencyKey.KEPT_FOR).order_by("created_at")
    while True:
        deleted, _ = IdempotencyKey.objects.filter(pk__in=old.values("pk")[:BATCH]).delete()
        forgotten += deleted
        if deleted < BATCH:
            return forgotten
