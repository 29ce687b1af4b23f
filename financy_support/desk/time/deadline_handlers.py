"""Registry: what to do when a deadline of a kind warns or is breached. One dict; apps above fill it in ``ready()``."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from financy_support.desk.people.user import User
    from financy_support.desk.time.deadline import Deadline


class Passing(Enum):
    """Which moment of a deadline has come."""

    WARNING = "warning"
    BREACH = "breach"


class Handler(Protocol):
    """Acts on all deadlines of one kind that passed in a batch; writes rows only, never leaves the process."""

    def __call__(self, deadlines: list[Any], *, passing: Passing, by: User, at: datetime) -> None: ...


HANDLERS: dict[tuple[type[Deadline], str], Handler] = {}


def handles(model: type[Deadline], kind: str, handler: Handler) -> None:
    """Register ``handler`` for deadlines of ``kind``; a second one for the same kind is a mistake and raises."""
    if HANDLERS.setdefault((model, kind), handler) is not handler:
        raise ValueError(f"{model.__name__} deadlines of kind {kind!r} already have a handler.")
