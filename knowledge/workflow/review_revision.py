"""review_revision: a peer signs the words, or gives them back with a reason."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from financy_support.desk.errors import Invalid
from financy_support.desk.people.user import User
from knowledge.models import Revision, RevisionState, RunbookRevision
from knowledge.revision_gates import require_another, require_read, take_revision

# Handbook 'creation_process': author_guidelines clear_concise_actionable, items of every review.
GUIDELINES = ("clear", "concise", "actionable")


def review_revision(
    revision: Revision,
    *,
    guidelines: Collection[str] = (),
    return_because: str = "",
    digest: str = "",
    by: User,
    at: datetime,
) -> Revision:
    """Sign exactly these words, or with ``return_because`` make them a draft again.

    ``digest`` names the words that were read. ``guidelines`` are those that the reviewer found met: all three, or the
    words go back. Raises NotAllowed for the author, Conflict, Invalid naming the guideline that is not met.
    Source: handbook: peer_review_plus_expert_approval.
    """
    taken = take_revision(revision, RevisionState.IN_REVIEW, by=by)
    require_read(taken, digest)
    require_another(by, {"author": taken.author})
    if return_because.strip():
        give_back(taken, return_because, by=by)
    else:
        sign_review(taken, guidelines, by=by, at=at)
    return taken


def sign_review(taken: Revision | RunbookRevision, guidelines: Collection[str], *, by: User, at: datetime) -> None:
    """On to approval, signed. Raises Invalid naming the guideline that is not met."""
    missed = [one for one in GUIDELINES if one not in guidelines]
    if missed:
        raise Invalid(
            f"Not {', not '.join(missed)}? Then give it back with a reason; a review says that it is all three.",
            field="guidelines",
        )
    taken.state, taken.guidelines = RevisionState.IN_APPROVAL, list(GUIDELINES)
    taken.reviewer, taken.reviewed_at, taken.reviewed_digest = by, at, taken.digest
    taken.save(update_fields=["state", "guidelines", "reviewer", "reviewed_at", "reviewed_digest"])


def give_back(
    taken: Revision | RunbookRevision, because: str, *, to: RevisionState = RevisionState.DRAFT, by: User
) -> None:
    """A draft again, unsigned, with the reason."""
    taken.state, taken.returned_because = to, f"{by}: {because.strip()}"
    taken.reviewer = taken.approver = taken.reviewed_at = taken.approved_at = None
    taken.reviewed_digest = taken.approved_digest = ""
    taken.save(
        update_fields=[
            "state", "returned_because", "reviewer", "approver", "reviewed_at", "approved_at", "reviewed_digest",
            "approved_digest",
        ]
    )  # fmt: skip
