"""submit_runbook: the author hands a runbook that the linter finds nothing wrong with to their peers."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Invalid, NotAllowed
from financy_support.desk.people.user import User
from knowledge.models import RevisionState, RunbookRevision
from knowledge.runbook_gates import take_runbook, what_is_wrong


def submit_runbook(revision: RunbookRevision, *, by: User, at: datetime) -> RunbookRevision:
    """From draft to review.

    Raises NotAllowed for others than the author, Conflict, Invalid naming every edge to nowhere, every step that nobody
    reaches, every circle without end, and whatever else is missing.
    """
    taken = take_runbook(revision, RevisionState.DRAFT, by=by)
    if taken.author_id != by.pk:
        raise NotAllowed(f"{taken.author} hands in their own draft.")
    problems = what_is_wrong(taken)
    if problems:
        raise Invalid(f"{len(problems)} things are wrong before a review: each is named.", problems=problems)
    taken.state, taken.returned_because = RevisionState.IN_REVIEW, ""
    taken.save(update_fields=["state", "returned_because"])
    return taken
