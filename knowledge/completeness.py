"""What an article must have before anybody is asked to review it; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from financy_support.desk.errors import Problem
from knowledge.markdown import articles_linked, plain_text

LONGEST_SUMMARY, FEWEST_WORDS = 160, 3
HEADING = re.compile(r"^##\s+(.+?)\s*#*\s*$", re.MULTILINE)


class Parts(NamedTuple):
    """The headings of the four parts in one language."""

    problem: str
    cause: str
    solution: str
    verification: str


# Handbook 'quality_standards': problem_solution_verification; the cause belongs to the answer.
PARTS: Mapping[str, Parts] = {
    "en": Parts("Problem", "Cause", "Solution", "Verification"),
    "pt": Parts("Problema", "Causa", "Solução", "Verificação"),
    "es": Parts("Problema", "Causa", "Solución", "Verificación"),
}


def missing_parts(
    *, title: str, summary: str, keywords: str, body: str, language: str, known_codes: Collection[str]
) -> list[Problem]:
    """Everything that is missing or leads nowhere, each with the way out; empty when the text is complete."""
    problems = [
        Problem("body", "part_missing", f"“{part}” is missing or empty: add “## {part}” and what belongs there.")
        for part in PARTS[language]
        if len(_words_below(body, part).split()) < FEWEST_WORDS
    ]
    if not title.strip():
        problems.append(Problem("title", "required", "Give a title: what the reader wants to get done."))
    if not summary.strip():
        problems.append(Problem("summary", "required", "Say in one sentence what this article gets done."))
    elif len(summary) > LONGEST_SUMMARY:
        problems.append(Problem("summary", "too_long", f"{LONGEST_SUMMARY} characters are the most."))
    if not any(word.strip() for word in keywords.split(",")):
        problems.append(Problem("keywords", "required", "Add words that readers type, with commas between."))
    problems += [
        Problem("body", "dead_link", f"“article:{code}” leads to no article. Correct the code, or take the link out.")
        for code in articles_linked(body)
        if code not in known_codes
    ]
    return problems


def _words_below(body: str, part: str) -> str:
    """The plain words from a heading to the next one of its level."""
    headings = list(HEADING.finditer(body))
    for place, heading in enumerate(headings):
        if heading[1].strip().casefold() == part.casefold():
            end = headings[place + 1].start() if place + 1 < len(headings) else len(body)
            return plain_text(body[heading.end() : end])
    return ""
