"""approve_revision: a named expert signs reviewed words; they wait for the train, or stand approved afterwards."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import NotAllowed
from financy_support.desk.people.user import User
from knowledge.duties import meet_duty
from knowledge.models import ArticleDuty, Revision, RevisionState
from knowledge.publishing_gates import require_fit
from knowledge.revision_gates import is_expert, require_another, take_revision
from knowledge.trains import waiting_train
from knowledge.workflow.review_revision import give_back


def approve_revision(revision: Revision, *, return_because: str = "", by: User, at: datetime) -> Revision:
    """Sign exactly these words. What was published at once is approved afterwards by the same verb.

    Raises NotAllowed for others than the category's experts, and for author and reviewer; Conflict naming what a
    publication misses (a check that was not recorded, a dead link).
    Source: handbook: author_reviewer_approver.
    """
    taken = take_revision(revision, RevisionState.IN_APPROVAL, RevisionState.PUBLISHED, by=by)
    article = taken.translation.article
    require_another(by, {"author": taken.author, "reviewer": taken.reviewer})
    if not is_expert(by, article, taken.translation.language):
        raise NotAllowed(
            f"Approval is for the experts of {article.category}. An administrator names them under Experts.",
            code="no_expert",
        )
    if return_because.strip() and taken.state == RevisionState.IN_APPROVAL:
        return give_back(taken, return_because, by=by)
    require_fit(taken)
    taken.approver, taken.approved_at, taken.approved_digest = by, at, taken.digest
    if taken.state == RevisionState.IN_APPROVAL:
        taken.state = RevisionState.APPROVED
        waiting_train(at=at)
    else:
        meet_duty(article, ArticleDuty.URGENT_APPROVAL, at=at)
    taken.save(update_fields=["state", "approver", "approved_at", "approved_digest"])
    return taken
