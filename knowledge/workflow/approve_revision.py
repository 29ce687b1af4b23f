"""approve_revision: a named expert signs reviewed words; they wait for the train, or stand approved afterwards."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict, NotAllowed
from financy_support.desk.people.user import User
from knowledge.duties import hold, meet_duty, shows_unsigned
from knowledge.models import Article, ArticleDuty, Revision, RevisionState
from knowledge.publishing_gates import require_fit
from knowledge.revision_gates import is_expert, require_another, require_read, take_revision
from knowledge.showing import take_back
from knowledge.trains import waiting_train
from knowledge.workflow.begin_revision import AT_WORK
from knowledge.workflow.review_revision import give_back


def approve_revision(
    revision: Revision, *, return_because: str = "", digest: str = "", by: User, at: datetime
) -> Revision:
    """Sign exactly these words, or with ``return_because`` make them a draft again.

    What was published at once is approved afterwards by the same verb; given back, readers see again what they saw
    before. Raises NotAllowed for others than the category's experts, and for author and reviewer; Conflict naming what
    a publication misses (a check that was not recorded, a dead link), and for what an expert has signed already.
    Source: handbook: author_reviewer_approver.
    """
    taken = take_revision(revision, RevisionState.IN_APPROVAL, RevisionState.PUBLISHED, by=by)
    require_read(taken, digest)
    article = taken.translation.article
    require_another(by, {"author": taken.author, "reviewer": taken.reviewer})
    if not is_expert(by, article, taken.translation.language):
        raise NotAllowed(
            f"Approval is for the experts of {article.category}. An administrator names them under Experts.",
            code="no_expert",
        )
    is_shown = taken.state == RevisionState.PUBLISHED
    if is_shown and (taken.is_approved or not taken.urgent_because):
        raise Conflict("An expert signed these words before readers saw them. Begin a revision to change them.")
    if return_because.strip() and is_shown:
        return _take_back(taken, return_because, by=by, at=at)
    if return_because.strip():
        give_back(taken, return_because, by=by)
        return taken
    require_fit(taken)
    taken.approver, taken.approved_at, taken.approved_digest = by, at, taken.digest
    if not is_shown:
        taken.state = RevisionState.APPROVED
        waiting_train(at=at)
    taken.save(update_fields=["state", "approver", "approved_at", "approved_digest"])
    if is_shown:
        _meet_if_all_is_signed(article, at=at)
    return taken


def _take_back(taken: Revision, because: str, *, by: User, at: datetime) -> Revision:
    """Readers see what they saw before; these words are a draft again, unless the next one is at work already."""
    is_free = not taken.translation.revisions.filter(state__in=AT_WORK).exists()
    give_back(taken, because, to=RevisionState.DRAFT if is_free else RevisionState.DISCARDED, by=by)
    taken.published_at, taken.urgent_because = None, ""
    taken.save(update_fields=["published_at", "urgent_because"])
    # met before it would end by itself: an expert looked, in time or not
    _meet_if_all_is_signed(taken.translation.article, at=at)
    take_back(taken, at=at)
    return taken


def _meet_if_all_is_signed(article: Article, *, at: datetime) -> None:
    """Another language of it may still wait for its expert."""
    if not shows_unsigned(hold(article)):
        meet_duty(article, ArticleDuty.URGENT_APPROVAL, at=at)
