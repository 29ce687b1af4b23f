"""note_ticket: somebody wrote to us after they had searched; what they found had not helped."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.user import User
from knowledge.questions import ONE_NEED, asked_lately


def note_ticket(*, visitor: str, by: User, at: datetime) -> list[tuple[str, str]]:
    """Note it with each question of the last half hour, and return these, oldest first, for whoever answers.

    Each is the words and the title of the article read, empty for none. Source: design §7 'deflection'.
    """
    current_act(by)
    questions = asked_lately(visitor, within=ONE_NEED, at=at)
    told = [(one.words, one.read.title if one.read else "") for one in questions.select_related("read").order_by("id")]
    questions.update(led_to_ticket=True)
    return told
