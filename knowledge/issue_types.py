"""Registry: for which issues there may be a runbook. The app of the tickets says so; it is above this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

SOURCES: list[Callable[[], Mapping[str, str]]] = []


def register_issue_types(names_by_code: Callable[[], Mapping[str, str]]) -> None:
    """Called in ``ready()`` by the app whose tickets have issue types; asked anew each time, for they are rows."""
    SOURCES.append(names_by_code)


def issue_types() -> dict[str, str]:
    """Names by code."""
    return {code: name for source in SOURCES for code, name in source().items()}
