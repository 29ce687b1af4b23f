"""What readers would get of a template that is being written, in each language, with example facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from communications.compose import Composed, Unfilled, compose, placeholders
from communications.lint import lint_template
from communications.purposes import PURPOSES
from communications.words import words
from financy_support.desk.errors import Conflict
from financy_support.desk.people.language import Language


def preview_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """One entry a language: the one that is written as typed, the others as stored; called inside an act."""
    purpose, written_in = typed.get("purpose", ""), typed.get("language", "")
    about = PURPOSES.get(purpose)
    return {
        "asks_for": [f"{{{name}}}" for name in about.known] if about else [],
        "required": [f"{{{name}}}" for name in about.facts if name in about.required] if about else [],
        "languages": [
            {"language": code, "name": str(name), "is_written": code == written_in, **_shown(typed, purpose, code)}
            for code, name in Language.choices
        ],
    }


def _shown(typed: Mapping[str, str], purpose: str, language: str) -> dict[str, Any]:
    about = PURPOSES.get(purpose)
    if about is None:
        return {"subject": "", "body": "", "note": _("Choose a purpose."), "problems": []}
    if language == typed.get("language"):
        subject, body = typed.get("subject", ""), typed.get("body", "")
        found = lint_template(purpose=purpose, language=language, subject=subject, body=body)
        problems = [one.detail for one in found]
        return {**_composed(subject, body, about.example(language)), "note": "", "problems": problems}
    try:
        place = {"severity": typed.get("severity", ""), "channel": typed.get("channel", "")}
        stored = words().template(purpose, language=language, **place)
    except Conflict as refusal:
        return {"subject": "", "body": "", "note": refusal.detail, "problems": []}
    note = "" if stored.language == language else _("No words in this language: the English ones go out.")
    return {**_composed(stored.subject, stored.body, about.example(language)), "note": note, "problems": []}


def _composed(subject: str, body: str, facts: Mapping[str, str]) -> dict[str, str]:
    """The words with what can be filled in; what cannot stays as it was typed, so that it is seen where it stands."""
    as_typed = {name: f"{{{name}}}" for name in placeholders(f"{subject}\n{body}")}
    try:
        said = compose(subject=subject, body=body, facts={**as_typed, **facts})
    except Unfilled:
        said = Composed(subject, body)
    return {"subject": said.subject, "body": said.body}
