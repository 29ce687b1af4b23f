"""What is wrong with a template, each with the way out; a template that is saved has nothing wrong with it."""

from __future__ import annotations

from difflib import get_close_matches

from communications.compose import leftovers, placeholders
from communications.language_of import language_of
from communications.purposes import PURPOSES, Purpose
from financy_support.desk.errors import Problem
from financy_support.desk.people.language import Language

BRACKETS = {"{": "}", "[": "]"}


def lint_template(*, purpose: str, language: str, subject: str, body: str) -> list[Problem]:
    """Problems by field: an unknown purpose, empty words, unbalanced brackets, leftovers, placeholders, language."""
    about = PURPOSES.get(purpose)
    if about is None:
        known = ", ".join(sorted(PURPOSES))
        return [Problem("purpose", "unknown_purpose", f"Nothing sends “{purpose}”. Use one of: {known}.")]
    texts = {"subject": subject, "body": body}
    problems = [
        Problem(field, "empty", "It is empty: write what the reader should get.")
        for field, text in texts.items()
        if not text.strip()
    ]
    for field, text in texts.items():
        problems += [*_brackets(field, text), *_leftovers(field, text), *_unknown(field, text, about)]
    return [*problems, *_missing(f"{subject}\n{body}", about), *_language(subject, body, language)]


def _brackets(field: str, text: str) -> list[Problem]:
    return [
        Problem(
            field,
            "unbalanced",
            f"It has {text.count(opening)} “{opening}” and {text.count(closing)} “{closing}”: close or remove one.",
        )
        for opening, closing in BRACKETS.items()
        if text.count(opening) != text.count(closing)
    ]


def _leftovers(field: str, text: str) -> list[Problem]:
    return [
        Problem(field, "leftover", f"“{words}” is no placeholder: write one like {{customer_name}}, or other brackets.")
        for words in dict.fromkeys(leftovers(text))
    ]


def _unknown(field: str, text: str, about: Purpose) -> list[Problem]:
    problems = []
    for name in placeholders(text):
        if name not in about.known:
            near = get_close_matches(name, about.known, n=1)
            way_out = f"Did you mean {{{near[0]}}}?" if near else f"It can use: {', '.join(about.known)}."
            problems.append(
                Problem(field, "unknown_placeholder", f"A message of this purpose has no “{name}”. {way_out}")
            )
    return problems


def _missing(text: str, about: Purpose) -> list[Problem]:
    used = placeholders(text)
    return [
        Problem("body", "missing_placeholder", f"{{{name}}} is missing: the reader needs it. Put it where it belongs.")
        for name in about.facts
        if name in about.required and name not in used
    ]


def _language(subject: str, body: str, language: str) -> list[Problem]:
    found = language_of(f"{subject}\n{body}")
    if found in ("", language):
        return []
    named = {code: str(label) for code, label in Language.choices}
    return [
        Problem(
            "language",
            "other_language",
            f"These words are {named[found]}: choose that language, or write them in {named.get(language, language)}.",
        )
    ]
