"""Arrival: one row made into what a customer asks, by a shape and a few stated rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from financy_support.desk.errors import Invalid
from financy_support.desk.people.language import Language
from tickets.imports.csv_file import Row
from tickets.imports.shape import Shape
from tickets.workflow.open import LONGEST_SUBJECT

LONGEST_SOURCE, LONGEST_NAME = 120, 200
SUBJECT_FROM_WORDS = 80
STAND_IN_DOMAIN = "example.com"  # reserved by RFC 2606: nobody can be written to by mistake
SPOKEN = {label: code for code in Language.values for label in (code, Language(code).name.lower())}


@dataclass(frozen=True)
class Arrival:
    """What one row asks for, in the words of ``open_ticket``; ``email`` and ``name`` are the customer's."""

    source: str
    subject: str
    description: str
    language: str
    severity: str
    category: str
    channel: str
    email: str
    name: str


def arrival_of(row: Row, shape: Shape, *, columns: list[str], prefix: str, fallback_language: str = "") -> Arrival:
    """Read a row by its shape. Raises Invalid naming the field and the way out.

    The rules beside the shape's: a row without an id of its own is known by its content; without a subject the first
    words of the description stand for it; a subject longer than 250 characters is cut and stands whole above the
    description; a language that the desk does not speak is refused unless ``fallback_language`` is given; an empty
    severity is medium and an empty category other, as at every door.
    """
    if row.problem:
        raise Invalid(row.problem, field="row", code="unreadable")
    made = shape.make(dict(zip(columns, row.values, strict=True)))
    description = made.get("description", "")
    subject, description = _subject(made.get("subject", ""), description)
    email, name = _person(made, prefix)
    return Arrival(
        source=_source(made.get("source", ""), row, shape, prefix),
        subject=subject,
        description=description,
        language=_language(made.get("language", ""), fallback_language),
        severity=_code(made.get("severity", "")) or "medium",
        category=_code(made.get("category", "")) or "other",
        channel=_code(made.get("channel", "")) or "email_support",
        email=email,
        name=name,
    )


def _subject(subject: str, description: str) -> tuple[str, str]:
    """One line that fits, and the description with the whole subject where the line lost something."""
    line = " ".join(subject.split()) or _first_words(description)
    if len(line) <= LONGEST_SUBJECT:
        return line, description
    return line[: LONGEST_SUBJECT - 1].rstrip() + "…", f"{subject}\n\n{description}"


def _first_words(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= SUBJECT_FROM_WORDS:
        return line
    return line[:SUBJECT_FROM_WORDS].rsplit(" ", 1)[0] + " …"


def _person(made: Mapping[str, str], prefix: str) -> tuple[str, str]:
    """The row's own person where it names one, else a stand-in at a reserved domain."""
    email = made.get("email", "")
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Invalid(f"{email!r} is no e-mail address: mend it in the row.", field="email") from error
    else:
        email = f"{slug(made.get('person') or f'import-{prefix}')}@{STAND_IN_DOMAIN}"
    name = " ".join(made.get("name", "").split()) or email.partition("@")[0]
    if len(name) > LONGEST_NAME:
        raise Invalid(
            f"The name has {len(name)} characters; {LONGEST_NAME} is the most.", field="name", code="too_long"
        )
    return email, name


def _source(told: str, row: Row, shape: Shape, prefix: str) -> str:
    if not told:
        return f"{shape.name or 'csv'}:{row.digest}"
    source = told if shape.name else f"{prefix}:{told}"
    if "\x00" in source:
        raise Invalid("The id holds a NUL character: remove it.", field="source", code="nul")
    if len(source) > LONGEST_SOURCE:
        raise Invalid(
            f"The id has {len(source)} characters; {LONGEST_SOURCE} is the most.", field="source", code="too_long"
        )
    return source


def _language(told: str, fallback: str) -> str:
    """pt, pt-BR and Portuguese are one; nothing means the customer's own."""
    if not told:
        return ""
    spoken = SPOKEN.get(told.lower()) or SPOKEN.get(re.split(r"[-_]", told.lower())[0]) or fallback
    if not spoken:
        known = ", ".join(Language.values)
        raise Invalid(
            f"{told!r} is none of the desk's languages ({known}). To take it in and answer in one of them:"
            " --fallback-language en",
            field="language",
            code="language",
        )
    return spoken


def _code(told: str) -> str:
    return "_".join(told.lower().split())


def slug(text: str) -> str:
    """``Cidadão 7`` → ``cidadao-7``: safe before the @ of an address."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60] or "somebody"
