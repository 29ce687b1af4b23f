"""One measured figure and the line that says it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """``ratio`` is the value against ``against``; ``most`` and ``least`` bound it where design §10 sets a goal."""

    name: str
    value: float
    unit: str
    ratio: float
    against: str
    least: float | None = None
    most: float | None = None

    @property
    def is_missed(self) -> bool:
        """Whether the goal, which bounds the ratio, is missed."""
        return (self.least is not None and self.ratio < self.least) or (
            self.most is not None and self.ratio > self.most
        )

    def __str__(self) -> str:
        return (
            f"BENCH name={self.name} value={_short(self.value)} unit={self.unit}"
            f" ratio={_short(self.ratio)} against={self.against}"
        )

    @property
    def goal(self) -> str:
        return f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"


def within(name: str, value: float, unit: str, most: float) -> Figure:
    """A figure with an upper bound in its own unit."""
    return Figure(name, value, unit, value / most, f"goal:at-most-{most:g}", most=1)


def beyond(name: str, value: float, unit: str, least: float) -> Figure:
    """A figure with a lower bound in its own unit."""
    return Figure(name, value, unit, value / least, f"goal:at-least-{least:g}", least=1)


def interleaved(measures: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Each measure once a round, A B A B, so that what else the machine does hits all of them alike."""
    taken: dict[str, list[T]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return taken


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def _short(number: float) -> str:
    return f"{number:.0f}" if abs(number) >= 1000 else f"{number:.4g}"
