"""The customer messages that ship with the desk are complete, and each says exactly what its purpose can fill in.

Handbook: Customer Communication Management (the four messages, the placeholders of each).
"""

import re
from pathlib import Path

import pytest

import communications

TEXTS = Path(communications.__path__[0]) / "guide_texts"
LANGUAGES = ("en", "pt", "es")
SEVERITIES = ("critical", "high", "medium", "low")

SUBJECT_LIMIT = 80
ALWAYS = {"customer_name", "reference", "support_address"}
OPTIONAL = {"subject", "customer_email", "request_link"}
VARIABLES = {
    "initial_response": {"expected_response_time"},
    "progress_update": {"progress_details", "next_steps", "estimated_resolution", "next_update"},
    "escalation_notification": {"escalation_reason", "new_team", "expected_expertise", "updated_timeline"},
    "resolution_notification": {
        "resolution_summary",
        "actions_taken",
        "prevention_measures",
        "follow_up_required",
        "satisfaction_survey_link",
    },
    "agent_reply": {"reply_body"},
    "authentication_resolution_template": {
        "root_cause_identified",
        "steps_taken",
        "resolution_applied",
        "customer_satisfaction",
        "follow_up_required",
        "satisfaction_survey_link",
    },
    "transaction_resolution_template": {
        "transaction_id",
        "error_analysis",
        "resolution_steps",
        "data_integrity_verified",
        "customer_notification_sent",
        "satisfaction_survey_link",
    },
}
OF_ANY_SEVERITY = {"agent_reply", "authentication_resolution_template", "transaction_resolution_template"}
EXPECTED = [
    (purpose, severity, language)
    for purpose in VARIABLES
    for severity in (("any",) if purpose in OF_ANY_SEVERITY else SEVERITIES)
    for language in LANGUAGES
]

each_text = pytest.mark.parametrize(("purpose", "severity", "language"), EXPECTED)


def read(purpose: str, severity: str, language: str) -> tuple[str, str]:
    """Return subject and body of one text."""
    text = (TEXTS / purpose / f"{severity}.{language}.txt").read_text(encoding="utf-8")
    head, body = text.split("\n\n", 1)
    label, subject = head.split(": ", 1)
    assert label == "Subject"
    assert "\n" not in subject
    return subject, body


def test_every_purpose_severity_and_language_has_its_text() -> None:
    written = {(path.parent.name, *path.name.removesuffix(".txt").split(".")) for path in TEXTS.glob("*/*.txt")}
    missing = set(EXPECTED) - written
    extra = {text for text in written - set(EXPECTED) if text[0] in VARIABLES}
    assert not missing, missing
    assert not extra, extra


@each_text
def test_a_text_has_a_subject_with_the_reference_and_a_body(purpose: str, severity: str, language: str) -> None:
    subject, body = read(purpose, severity, language)
    assert "[{reference}]" in subject
    assert len(subject) <= SUBJECT_LIMIT, "a longer subject is cut off in most mail lists"
    assert body == body.strip() + "\n"
    _greeting, _words, _farewell, *_ = body.split("\n\n")


@each_text
def test_a_text_uses_exactly_what_its_purpose_can_fill_in(purpose: str, severity: str, language: str) -> None:
    subject, body = read(purpose, severity, language)
    used = set(re.findall(r"\{([a-z][a-z_]*)\}", subject + body))
    assert used - OPTIONAL == ALWAYS | VARIABLES[purpose]


@each_text
def test_what_only_the_message_brings_stands_in_its_body(purpose: str, severity: str, language: str) -> None:
    _, body = read(purpose, severity, language)
    for name in {"customer_name", "reference", "support_address"} | VARIABLES[purpose]:
        assert f"{{{name}}}" in body, name


@each_text
def test_a_text_holds_no_other_placeholder(purpose: str, severity: str, language: str) -> None:
    rest = re.sub(r"\{[a-z][a-z_]*\}", "", "".join(read(purpose, severity, language)))
    assert not re.search(r"[{}<>]|\$|%\(", rest)
    assert not re.search(r"\[[^\]]+\]", rest)


def test_no_two_texts_are_alike() -> None:
    texts: dict[str, tuple[str, str, str]] = {}
    for key in EXPECTED:
        words = " ".join(read(*key))
        assert texts.setdefault(words, key) == key


@each_text
def test_a_text_is_written_in_its_own_language(purpose: str, severity: str, language: str) -> None:
    greeting = {"en": "Hello {customer_name},", "pt": "Olá, {customer_name}!", "es": "Hola, {customer_name}:"}
    farewell = {"en": "The Financy Team", "pt": "Equipe Financy", "es": "El equipo de Financy"}
    _, body = read(purpose, severity, language)
    lines = body.splitlines()
    assert lines[0] == greeting[language]
    assert lines[-1] == farewell[language]
    paragraphs = set(lines) - {"", lines[0], lines[-1]}
    for other in set(LANGUAGES) - {language}:
        shared = paragraphs & set(read(purpose, severity, other)[1].splitlines())
        assert not {line for line in shared if " " in line}
