"""help_for: the articles that may answer a ticket, by its subject, and by its first words when that says too little."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from knowledge.search.find import Hit, find

OFFERED, FIRST_WORDS = 4, 200


def help_for(subject: str, description: str, language: str, *, reader: Any, at: datetime) -> list[Hit]:
    """Up to OFFERED articles of ``language`` that ``reader`` may read, best first.

    Raises nothing, whatever the words. Source: handbook 'auto_suggestions' contextual_help; knowledge anchor §1, 13.
    """
    by_subject = find(subject, language, reader=reader, at=at, limit=OFFERED)
    if by_subject.hits and not by_subject.is_guess:
        return by_subject.hits
    by_words = find(description[:FIRST_WORDS], language, reader=reader, at=at, limit=OFFERED)
    return list({hit.translation_id: hit for hit in [*by_words.hits, *by_subject.hits]}.values())[:OFFERED]
