"""note_read: an article was opened from what a search found."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.user import User
from knowledge.models import Translation
from knowledge.questions import ONE_NEED, asked_lately


def note_read(translation: Translation, *, visitor: str, question: int, by: User, at: datetime) -> bool:
    """The first article that was opened counts for its question; False when it was not this visitor's question.

    Source: handbook 'search_analytics' user_behavior_analysis.
    """
    current_act(by)
    asked = asked_lately(visitor, within=ONE_NEED, at=at).filter(pk=question, read=None)
    return bool(asked.update(read=translation, read_at=at))
