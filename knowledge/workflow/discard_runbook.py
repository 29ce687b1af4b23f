"""discard_runbook: a wording that is not wanted any more stays in the history and makes room for another."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.people.user import User
from knowledge.models import RevisionState, RunbookRevision
from knowledge.runbook_gates import take_runbook
from knowledge.workflow.begin_revision import AT_WORK


def discard_runbook(revision: RunbookRevision, *, by: User, at: datetime) -> RunbookRevision:
    """Anybody who may write can discard what is at work; its words are kept. Raises NotAllowed, Conflict."""
    taken = take_runbook(revision, *AT_WORK, by=by)
    taken.state = RevisionState.DISCARDED
    taken.save(update_fields=["state"])
    return taken
