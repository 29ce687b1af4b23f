"""approve_runbook: a named expert signs a reviewed runbook, which is in force from then on."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import NotAllowed
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from knowledge.models import RevisionState, RunbookRevision
from knowledge.revision_gates import is_expert, require_another, require_read
from knowledge.runbook_gates import in_force, require_fit, take_runbook
from knowledge.workflow.review_revision import give_back


def approve_runbook(
    revision: RunbookRevision, *, return_because: str = "", digest: str = "", by: User, at: datetime
) -> RunbookRevision:
    """Sign exactly these words and steps, or with ``return_because`` make them a draft again.

    What was in force is superseded in the same step. Runbooks are written in English, for staff. Raises NotAllowed for
    others than the category's experts, and for author and reviewer; Conflict naming what is wrong by now.
    Source: handbook: author_reviewer_approver.
    """
    taken = take_runbook(revision, RevisionState.IN_APPROVAL, by=by)
    require_read(taken, digest)
    require_another(by, {"author": taken.author, "reviewer": taken.reviewer})
    if not is_expert(by, taken.runbook, Language.ENGLISH):
        raise NotAllowed(
            f"Approval is for the experts of {taken.runbook.category}. An administrator names them under Experts.",
            code="no_expert",
        )
    if return_because.strip():
        give_back(taken, return_because, by=by)
        return taken
    require_fit(taken)
    before = in_force(taken.runbook)
    if before is not None:
        before.state = RevisionState.SUPERSEDED
        before.save(update_fields=["state"])
    taken.state, taken.published_at = RevisionState.PUBLISHED, at
    taken.approver, taken.approved_at, taken.approved_digest = by, at, taken.digest
    taken.save(update_fields=["state", "published_at", "approver", "approved_at", "approved_digest"])
    return taken
