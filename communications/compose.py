"""Template and facts make words; anything unfilled, empty or left over is refused before it can reach anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from financy_support.desk.errors import DeskError, Problem

# Both styles of the handbook are read: {customer_name}, [INCIDENT_START_TIME], [LIST AFFECTED SERVICES] (design §8, 9).
# A single word in brackets is a label that readers see: [INCIDENT], [RESOLVED].
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}|\[([A-Z][A-Z0-9]*(?:[_ ]+[A-Z0-9]+)+)\]")
# What is left of a misspelt placeholder: any brace, or a bracket around several words that is no Markdown link.
LEFTOVER = re.compile(r"\{[^{}\n]*\}?|\}|\[[A-Za-z]\w*(?:_|[ \w]* )[ \w]*\](?!\()")
# Characters that no mail and no database can carry, or that nobody can see.
UNSENDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LONGEST_SUBJECT = 500


class Unfilled(DeskError):
    """A template asks for a fact that is missing or empty, or holds a placeholder that nobody can fill."""

    status, code, title = 422, "unfilled_placeholder", "A message has empty places"


@dataclass(frozen=True)
class Composed:
    """What will be said: ``subject`` is one line."""

    subject: str
    body: str


def compose(*, subject: str, body: str, facts: Mapping[str, str]) -> Composed:
    """Fill ``subject`` and ``body`` with ``facts`` in one pass, so that a customer's own words are never expanded.

    Raises :class:`Unfilled` naming each missing or empty fact and each leftover (design §5: compose refuses an unfilled
    placeholder of either style, an empty value, a leftover). Only the template is looked through for leftovers:
    a customer may write ``{anything}``.
    """
    template = f"{subject}\n{body}"
    said = {name: UNSENDABLE.sub("", facts.get(name) or "").strip() for name in placeholders(template)}
    problems = [
        Problem(name, "empty", f"“{name}” is empty: the message needs it.") for name in said if not said[name]
    ] + [
        Problem("template", "leftover", f"“{words}” is no placeholder: write one like {{customer_name}}.")
        for words in leftovers(template)
    ]
    if problems:
        raise Unfilled("The message was not sent. " + " ".join(one.detail for one in problems), problems=problems)

    def fill(match: re.Match[str]) -> str:
        return said[_name(match)]

    one_line = " ".join(PLACEHOLDER.sub(fill, subject).split())
    if len(one_line) > LONGEST_SUBJECT:
        one_line = one_line[: LONGEST_SUBJECT - 1] + "…"
    return Composed(one_line, "\n".join(PLACEHOLDER.sub(fill, body).strip().splitlines()) + "\n")


def placeholders(text: str) -> list[str]:
    """The facts that a text asks for, in order, once each, in snake_case."""
    return list(dict.fromkeys(_name(match) for match in PLACEHOLDER.finditer(text)))


def leftovers(text: str) -> list[str]:
    """What stands in a template like a placeholder and is none: ``{Name}``, ``{{name}}``, ``[Start_Time]``."""
    return LEFTOVER.findall(PLACEHOLDER.sub("", text))


def _name(match: re.Match[str]) -> str:
    return match[1] or re.sub(r"[_ ]+", "_", match[2]).lower()
