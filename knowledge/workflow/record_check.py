"""record_check: somebody tried what a revision says, and this is what came of it."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Invalid
from financy_support.desk.people.user import User
from knowledge.models import Check, CheckKind, Revision, RevisionState
from knowledge.revision_gates import require_another, require_read, take_revision


def record_check(
    revision: Revision, *, kind: str, passed: bool, notes: str, digest: str = "", by: User, at: datetime
) -> Check:
    """Keep a technical review, or a test by sample customers, of exactly these words.

    ``notes`` say what was tried, by how many customers, and what came of it. A technical review is somebody else's
    than the author's. Raises NotAllowed, Conflict, Invalid naming the field.
    Source: handbook 'quality_standards': technical_review_required, sample_customers_test_procedures.
    """
    taken = take_revision(
        revision, RevisionState.DRAFT, RevisionState.IN_REVIEW, RevisionState.IN_APPROVAL, RevisionState.APPROVED, by=by
    )
    require_read(taken, digest)
    if kind not in CheckKind.values:
        raise Invalid(f"Choose one of {', '.join(CheckKind.values)}.", field="kind")
    if len(notes.strip()) < 10:
        raise Invalid("Say what was tried and what came of it, in a sentence at least.", field="notes")
    if kind == CheckKind.TECHNICAL_REVIEW:
        require_another(by, {"author": taken.author})
    return Check.objects.create(
        revision=taken, kind=kind, by=by, at=at, digest=taken.digest, passed=passed, notes=notes.strip()[:5000]
    )
