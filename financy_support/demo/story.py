"""Story: one demo ticket as a file tells it, read and checked before anything is written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

STORIES = Path(__file__).parent / "stories"
SPAN = re.compile(r"(?:(\d+)d)? ?(?:(\d+)h)? ?(?:(\d+)m)?")


@dataclass(frozen=True)
class Step:
    """What somebody did ``after`` the question: ``verb`` with ``given`` (its words, or its named values)."""

    after: timedelta
    by: str
    verb: str
    given: Any


@dataclass(frozen=True)
class Story:
    """One ticket: opened ``asked`` before now with ``values``, then its steps in order."""

    key: str
    customer: str
    asked: timedelta
    values: Mapping[str, Any]  # of open_ticket
    steps: tuple[Step, ...]
    opened_by: str = ""

    @property
    def source(self) -> str:
        """The ticket's unique ``source``: a story is played once."""
        return f"demo:{self.key}"


def read_stories(folder: Path = STORIES) -> list[Story]:
    """Every story of every ``*.toml`` file. Raises ValueError naming file and story for what cannot be right."""
    stories = []
    for file in sorted(folder.glob("*.toml")):
        for table in tomllib.loads(file.read_text(encoding="utf-8"))["ticket"]:
            try:
                stories.append(_story(dict(table)))
            except (KeyError, ValueError) as error:
                raise ValueError(f"{file.name}, {table.get('key')}: {error}") from error
    if len({story.key for story in stories}) != len(stories):
        raise ValueError("Two stories have one key: each needs its own.")
    return stories


def _story(table: dict[str, Any]) -> Story:
    table.pop("row", None)  # names the origin of the words, for people
    asked = span(table.pop("asked"))
    steps = tuple(_step(dict(step)) for step in table.pop("then", []))
    for earlier, later in pairwise((timedelta(), *(step.after for step in steps), asked)):
        if later < earlier:
            raise ValueError(f"a step {earlier} after the question is out of order or in the future")
    key, customer, opened_by = table.pop("key"), table.pop("customer"), table.pop("opened_by", "")
    return Story(key, customer, asked, values=table, steps=steps, opened_by=opened_by)


def _step(table: dict[str, Any]) -> Step:
    after, by = span(table.pop("after")), table.pop("by")
    ((verb, given),) = table.items()
    return Step(after, by, verb, given)


def span(text: str) -> timedelta:
    """``5d 2h``, ``40m``: days, hours, minutes. Raises ValueError for anything else."""
    match = SPAN.fullmatch(text)
    if not match or not any(match.groups()):
        raise ValueError(f"{text!r} is no span such as 2d 3h or 40m")
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)
