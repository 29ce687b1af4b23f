"""help_for: the articles that may answer a ticket, by its subject, and by its first words when that says too little."""

from __future__ import annotations

from datetime import datetime
from itertools import chain, zip_longest
from typing import Any

from knowledge.search.find import Hit, find

OFFERED, FIRST_WORDS, FEW = 4, 200, 2


def help_for(subject: str, description: str, language: str, *, reader: Any, at: datetime) -> list[Hit]:
    """Up to OFFERED articles of ``language`` that ``reader`` may read, best first.

    Raises nothing, whatever the words. Source: handbook 'auto_suggestions' contextual_help; knowledge anchor §1, 13.
    """
    by_subject = find(subject, language, reader=reader, at=at, limit=OFFERED)
    if by_subject.hits and not by_subject.is_guess and len(subject.split()) > FEW:
        return by_subject.hits
    by_words = find(description[:FIRST_WORDS], language, reader=reader, at=at, limit=OFFERED)
    by_turns = chain.from_iterable(zip_longest(by_subject.hits, by_words.hits))
    return list({hit.translation_id: hit for hit in by_turns if hit}.values())[:OFFERED]
