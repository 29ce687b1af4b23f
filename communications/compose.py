"""Template and facts make words; anything unfilled, empty or left over is refused before it can reach anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from financy_support.desk.errors import DeskError, Problem

# Both styles of the handbook are read: {customer_name} and [INCIDENT_START_TIME] (design §8, 9).
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}|\[([A-Z][A-Z0-9_ ]{2,})\]")


class Unfilled(DeskError):
    """A template asks for a fact that is missing or empty."""

    status, code, title = 422, "unfilled_placeholder", "A message has empty places"


@dataclass(frozen=True)
class Composed:
    subject: str
    body: str


def compose(*, subject: str, body: str, facts: Mapping[str, str]) -> Composed:
    """Fill ``subject`` and ``body`` with ``facts`` in one pass, so that a customer's own words are never expanded.

    Raises :class:`Unfilled` naming each missing or empty fact (design §5: compose refuses an unfilled placeholder of
    either style, an empty value, a leftover).
    """
    missing = [name for name in placeholders(subject + "\n" + body) if not str(facts.get(name, "")).strip()]
    if missing:
        raise Unfilled(
            f"The message was not sent: give {', '.join(missing)}.",
            problems=[Problem(name, "empty", f"“{name}” is empty: the message needs it.") for name in missing],
        )

    def fill(match: re.Match[str]) -> str:
        return str(facts[_name(match)]).strip()

    one_line = " ".join(PLACEHOLDER.sub(fill, subject).split())
    return Composed(one_line, PLACEHOLDER.sub(fill, body).strip() + "\n")


def placeholders(text: str) -> list[str]:
    """The facts that a text asks for, in order, once each, in snake_case."""
    return list(dict.fromkeys(_name(match) for match in PLACEHOLDER.finditer(text)))


def _name(match: re.Match[str]) -> str:
    return match[1] or re.sub(r"\s+", "_", match[2].strip()).lower()
