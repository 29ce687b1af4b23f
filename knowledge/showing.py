"""Which words readers see: put there and taken back here, by the verbs that have asked every gate."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict
from knowledge.duties import found_true
from knowledge.markdown import plain_text
from knowledge.models import Revision, RevisionState, Translation


def show(revision: Revision, *, at: datetime) -> Revision | None:
    """Readers see these words from now on; returns what they saw before. Raises Conflict for a retired article."""
    translation = revision.translation
    if translation.article.retired_at:
        raise Conflict("This article is retired. Restore it first.", code="retired")
    before = translation.current
    if before is not None:
        before.state = RevisionState.SUPERSEDED
        before.save(update_fields=["state"])
    revision.state, revision.published_at = RevisionState.PUBLISHED, at
    revision.save(update_fields=["state", "published_at", "urgent_because"])
    put(translation, revision)
    found_true(translation.article, at)
    return before


def put(translation: Translation, revision: Revision | None) -> None:
    """Make a revision, or nothing, the one that is shown and searched."""
    translation.current = revision
    translation.title = revision.title if revision else ""
    translation.summary = revision.summary if revision else ""
    translation.keywords = revision.keywords if revision else ""
    translation.plain = plain_text(revision.body) if revision else ""
    translation.save(update_fields=["current", "title", "summary", "keywords", "plain"])
