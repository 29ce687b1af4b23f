"""Which edition of the handbook's rows is in force: lets a process keep policy in memory and still never be stale."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import lru_cache, wraps
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
    """Keep what ``load`` read until a guide row changes; ``acting`` reads the edition with its first statement."""

    @lru_cache(maxsize=2)
    def of_edition(edition: uuid.UUID) -> T:
        return load()

    @wraps(load)
    def current() -> T:
        return of_edition(current_act().guide_edition)

    return current
