"""note_search: what somebody asked the help centre is kept, their keystrokes as one question."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.user import User
from knowledge.models import SearchQuery
from knowledge.questions import ONE_QUESTION, WHOSE_FOR, asked_lately, asked_near
from knowledge.visitors import scrubbed


def note_search(
    *, visitor: str, language: str, words: str, found: int, is_guess: bool, by: User, at: datetime
) -> SearchQuery | None:
    """Keep a question; one that goes on from the last of half a minute ago takes its place. None for no words.

    Source: handbook 'search_analytics' track_queries; knowledge anchor, table row 14 (keystrokes collapsed).
    """
    current_act(by)
    kept = scrubbed(words)[:256]
    if not kept:
        return None
    said_before = asked_near(visitor, within=WHOSE_FOR, at=at).filter(language=language, words__iexact=kept)
    last = asked_lately(visitor, within=ONE_QUESTION, at=at).filter(language=language, read=None).first()
    if last is not None and (kept.startswith(last.words) or last.words.startswith(kept)):
        last.words, last.found, last.is_guess, last.asked_at = kept, found, is_guess, at
        last.is_repeat = last.is_repeat or said_before.exclude(pk=last.pk).exists()
        last.save(update_fields=["words", "found", "is_guess", "is_repeat", "asked_at"])
        return last
    return SearchQuery.objects.create(
        visitor=visitor,
        language=language,
        words=kept,
        found=found,
        is_guess=is_guess,
        is_repeat=said_before.exists(),
        asked_at=at,
    )
