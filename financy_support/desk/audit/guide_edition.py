"""Which edition of the handbook's rows is in force: lets a process keep policy in memory and still never be stale."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.db import models

from financy_support.desk.audit.acting import current_act

T = TypeVar("T")


class GuideEdition(models.Model):
    """One row; PostgreSQL gives it a new random edition whenever a row of any guide table changes."""

    edition = models.UUIDField(default=uuid.uuid4)

    class Meta:
        app_label = "desk"


def once_per_edition(load: Callable[[], T]) -> Callable[[], T]:
    """Keep what ``load`` read until a guide row changes; ``acting`` reads the edition with its first statement.

    What was read in a transaction that itself changed guide rows is not kept: it may yet be rolled back.
    """
    kept: dict[uuid.UUID, T] = {}

    @wraps(load)
    def current() -> T:
        edition = current_act().guide_edition
        found = kept.get(edition)
        if found is None:
            found = load()
            if GuideEdition.objects.values_list("edition", flat=True).first() == edition:
                kept.clear()
                kept[edition] = found
        return found

    return current
