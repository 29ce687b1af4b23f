"""How a guide.py says one row of the handbook: which table, which key, which values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Ref:
    """Another guide row, by its key: Ref("desk.Team", slug="engineering")."""

    model: str
    key: dict[str, Any]

    def __init__(self, model: str, **key: Any) -> None:
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "key", key)


@dataclass(frozen=True)
class GuideRow:
    """One row: found by ``key`` (which may hold Refs), filled with ``values``."""

    model: str
    key: dict[str, Any]
    values: dict[str, Any] = field(default_factory=dict)
