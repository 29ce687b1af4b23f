"""The desk's refusals in the words and the language of customers, by field."""

from __future__ import annotations

from financy_support.desk.errors import DeskError
from tickets.portal.words import PORTAL_WORDS

# A refusal's field and code, or its code alone, and the words that say it to customers.
SAID_AS = {
    ("email", "malformed"): "bad_address",
    ("email", "undeliverable"): "bad_address",
    ("attachments", "type"): "type",
    ("attachments", "too_large"): "too_large_file",
    ("attachments", "too_many"): "too_many_files",
    ("attachments", "empty"): "empty_file",
    ("score", "invalid"): "no_score",
    ("comment", "invalid"): "too_long",
    "erased": "erased",
    "empty": "empty",
    "too_long": "too_long",
    "nul": "nul",
    "no_room": "no_room",
    "closed": "is_closed",
    "not_resolved": "not_resolved",
    "already_rated": "already_rated",
    "unproven": "unproven",
    "not_allowed": "colleague",
    "conflict": "not_reopened",
    "link_used": "link_used",
    "link_expired": "link_expired",
    "link_refused": "link_refused",
}


def said(refusal: DeskError, language: str) -> dict[str, str]:
    """What was refused by field (empty for the whole), in the reader's language."""
    words = PORTAL_WORDS[language]
    reasons = [(one.field, one.code) for one in refusal.problems] or [("", refusal.code)]
    return {field: words[SAID_AS.get((field, code)) or SAID_AS.get(code) or "refused"] for field, code in reasons}
