"""discard_draft: a revision that is not wanted any more stays in the history and makes room for another."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.people.user import User
from knowledge.models import Revision, RevisionState
from knowledge.revision_gates import take_revision
from knowledge.workflow.begin_revision import AT_WORK


def discard_draft(revision: Revision, *, by: User, at: datetime) -> Revision:
    """Anybody who may write can discard what is at work; its words are kept. Raises NotAllowed, Conflict."""
    taken = take_revision(revision, *AT_WORK, by=by)
    taken.state = RevisionState.DISCARDED
    taken.save(update_fields=["state"])
    return taken
