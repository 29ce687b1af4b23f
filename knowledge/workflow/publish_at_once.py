"""publish_at_once: a critical article is read from now on, and approved afterwards."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.user import User
from knowledge.models import ArticleDeadline, ArticleDuty, Revision, RevisionState
from knowledge.publishing_gates import require_fit
from knowledge.revision_gates import require_read, take_revision
from knowledge.showing import show
from knowledge.telling import tell_at_once


def publish_at_once(revision: Revision, *, because: str, digest: str = "", by: User, at: datetime) -> Revision:
    """Publish a critical article's reviewed words ahead of their approval, which is then owed within 24 hours.

    Everything but the expert's signature is asked for. Raises NotAllowed, Conflict naming what is missing, Invalid
    without a reason or for an article that is not critical.
    Source: handbook 'publication_schedule': immediate_for_critical.
    """
    taken = take_revision(revision, RevisionState.IN_APPROVAL, RevisionState.APPROVED, by=by)
    require_read(taken, digest)
    article = taken.translation.article
    if not article.is_critical:
        raise Conflict("Only critical articles are published at once; others take the train.", code="not_critical")
    if not because.strip():
        raise Invalid("Say why this cannot wait.", field="because")
    require_fit(taken)
    taken.urgent_because = f"{by}: {because.strip()}"
    show(taken, by=by, at=at)  # which starts the duty to approve it, unless it is approved
    owed = ArticleDeadline.objects.filter(article=article, kind=ArticleDuty.URGENT_APPROVAL).open().first()
    if not taken.is_approved and owed is not None and owed.due_at is not None:
        tell_at_once(taken, because=because.strip(), due=owed.due_at, by=by, at=at)
    return taken
