"""What an article must have before anybody is asked to review it; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from financy_support.desk.errors import Problem
from knowledge.markdown import FILE, articles_linked, files_named, pictures_of, plain_text

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
    *,
    title: str,
    summary: str,
    keywords: str,
    body: str,
    language: str,
    known_codes: Collection[str],
    known_files: Mapping[str, bool],
) -> list[Problem]:
    """Everything that is missing or leads nowhere, each with the way out; empty when the text is complete.

    ``known_files`` are the names of the article's files, each with whether it is a picture.
    """
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
    return problems + _wrong_files(body, known_files)


def _wrong_files(body: str, known_files: Mapping[str, bool]) -> list[Problem]:
    """Files that the article lacks, and pictures that tell nothing to whoever cannot see them (WCAG 2.2, 1.1.1)."""
    problems = [
        Problem("body", "no_such_file", f"The article has no file “{name}”. Add it, or correct the name.")
        for name in files_named(body)
        if name not in known_files
    ]
    for source, alternative in pictures_of(body):
        name = source.removeprefix(FILE)
        if not source.startswith(FILE):
            said = f"The picture “{source[:80]}” lies elsewhere. Add it to the article, and name it ![…](file:…)."
            problems.append(Problem("body", "picture_elsewhere", said))
        elif not known_files.get(name, True):
            said = f"“{name}” is no picture. Link to it: [{name}](file:{name})."
            problems.append(Problem("body", "not_a_picture", said))
        if not alternative:
            said = f"Say what is seen on “{name[:80]}”, for whoever does not see it: ![what is seen]({source[:80]})."
            problems.append(Problem("body", "no_alternative_text", said))
    return problems


def _words_below(body: str, part: str) -> str:
    """The plain words from a heading to the next one of its level."""
    headings = list(HEADING.finditer(body))
    for place, heading in enumerate(headings):
        if heading[1].strip().casefold() == part.casefold():
            end = headings[place + 1].start() if place + 1 < len(headings) else len(body)
            return plain_text(body[heading.end() : end])
    return ""
