"""review_runbook: a peer signs a runbook's words and steps, or gives them back with a reason."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from financy_support.desk.people.user import User
from knowledge.models import RevisionState, RunbookRevision
from knowledge.revision_gates import require_another, require_read
from knowledge.runbook_gates import take_runbook
from knowledge.workflow.review_revision import give_back, sign_review


def review_runbook(
    revision: RunbookRevision,
    *,
    guidelines: Collection[str] = (),
    return_because: str = "",
    digest: str = "",
    by: User,
    at: datetime,
) -> RunbookRevision:
    """Sign exactly these words and steps, or with ``return_because`` make them a draft again.

    As ``review_revision``: ``digest`` names what was read, ``guidelines`` are those found met. Raises NotAllowed for
    the author, Conflict, Invalid naming the guideline that is not met.
    """
    taken = take_runbook(revision, RevisionState.IN_REVIEW, by=by)
    require_read(taken, digest)
    require_another(by, {"author": taken.author})
    if return_because.strip():
        give_back(taken, return_because, by=by)
    else:
        sign_review(taken, guidelines, by=by, at=at)
    return taken
