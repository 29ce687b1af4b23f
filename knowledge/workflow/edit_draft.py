"""edit_draft: the words of a draft change; nobody has signed them yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict, Unpack

from financy_support.desk.errors import Invalid, NotAllowed
from financy_support.desk.people.user import User
from knowledge.models import Revision, RevisionState, Significance
from knowledge.revision_gates import take_revision

LONGEST = {"title": 200, "summary": 300, "keywords": 2_000, "body": 200_000, "comment": 500}


class DraftValues(TypedDict, total=False):
    """What may be set; what is left out stays."""

    title: str
    summary: str
    keywords: str
    body: str
    significance: int
    comment: str


def edit_draft(revision: Revision, *, by: User, at: datetime, **values: Unpack[DraftValues]) -> Revision:
    """Set what is given; only its author changes a draft (somebody else begins one of their own, or returns it).

    Raises NotAllowed, Conflict for what is no draft any more, Invalid naming the field.
    """
    taken = take_revision(revision, RevisionState.DRAFT, by=by)
    if taken.author_id != by.pk:
        raise NotAllowed(f"This is {taken.author}'s draft. Ask them, or discard it and begin your own.")
    if values.get("significance", Significance.MEDIUM) not in Significance.values:
        raise Invalid("Choose typo (10), medium (20) or major (30).", field="significance")
    said: dict[str, Any] = dict(values)
    words = checked_words(**{name: said[name] for name in LONGEST if name in said})
    changed = {name: value for name, value in (said | words).items() if getattr(taken, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(taken, name, value)
        taken.save(update_fields=list(changed))
    return taken


def checked_words(**words: str) -> dict[str, str]:
    """Without NUL and with one kind of line end. Raises Invalid naming the field that is too long."""
    checked = {name: text.replace("\x00", "").replace("\r\n", "\n") for name, text in words.items()}
    for name, text in checked.items():
        if len(text) > LONGEST[name]:
            raise Invalid(f"{LONGEST[name]:,} characters are the most; these are {len(text):,}.", field=name)
    return checked
