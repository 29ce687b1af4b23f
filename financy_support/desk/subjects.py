"""Registry: who may see what a message, note or page is about. An unregistered subject is invisible."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Model

SUBJECTS: dict[str, Callable[[Any], Any]] = {}


def register_subject(model: type[Model], visible_to: Callable[[Any], Any]) -> None:
    """Called in ``ready()`` by the app that owns ``model``; ``visible_to(actor)`` gives a queryset of what is seen."""
    SUBJECTS[model._meta.label_lower] = visible_to


def visible_ids(label: str, ids: Collection[int], actor: Any) -> set[int]:
    """Which of ``ids`` of the model ``label`` (e.g. tickets.ticket) the actor may see."""
    visible_to = SUBJECTS.get(label)
    return set(visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True)) if visible_to else set()
