"""edit_runbook: the words and steps of a draft change; nobody has signed them yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypedDict, Unpack

from financy_support.desk.errors import NotAllowed
from financy_support.desk.people.user import User
from knowledge.models import RevisionState, RunbookRevision
from knowledge.runbook_gates import take_runbook
from knowledge.runbook_shape import checked_criteria, checked_documentation, checked_line, checked_steps


class RunbookValues(TypedDict, total=False):
    """What may be set; what is left out stays."""

    title: str
    steps: list[Any]
    criteria: Any
    documentation: list[Any]
    template: str
    comment: str


CHECKED: dict[str, Callable[[Any], Any]] = {
    "title": lambda said: checked_line("title", said),
    "steps": checked_steps,
    "criteria": checked_criteria,
    "documentation": checked_documentation,
    "template": lambda said: checked_line("template", said),
    "comment": lambda said: checked_line("comment", said),
}


def edit_runbook(
    revision: RunbookRevision, *, by: User, at: datetime, **values: Unpack[RunbookValues]
) -> RunbookRevision:
    """Set what is given; only its author changes a draft. What the linter would refuse may be kept in one meanwhile.

    Raises NotAllowed, Conflict for what is no draft any more, Invalid naming each field.
    """
    taken = take_runbook(revision, RevisionState.DRAFT, by=by)
    if taken.author_id != by.pk:
        raise NotAllowed(f"This is {taken.author}'s draft. Ask them, or discard it and begin your own.")
    said = {name: CHECKED[name](value) for name, value in values.items()}
    changed = {name: value for name, value in said.items() if getattr(taken, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(taken, name, value)
        taken.save(update_fields=list(changed))
    return taken
