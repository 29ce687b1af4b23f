"""retire_article and restore_article: readers no longer find it; its words stay, and it can come back."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.user import User
from knowledge.duties import end_duties, found_true, hold, settle_urgent_approval
from knowledge.models import Article
from knowledge.revision_gates import require_writer


def retire_article(article: Article, *, because: str, by: User, at: datetime) -> Article:
    """Take it out of pages, search and feeds. Raises NotAllowed, Invalid without a reason, Conflict when it is out.

    Source: handbook 'obsolete_content_removal'.
    """
    taken = _take(article, by)
    if not because.strip():
        raise Invalid("Say why readers no longer need it.", field="because")
    if taken.retired_at:
        raise Conflict("It is retired already.", code="state")
    taken.retired_at, taken.retired_because, taken.version = at, because.strip()[:500], taken.version + 1
    taken.save(update_fields=["retired_at", "retired_because", "version"])
    end_duties(taken, because="retired", at=at)
    return taken


def restore_article(article: Article, *, by: User, at: datetime) -> Article:
    """Readers find it again; it counts as looked over now. Raises NotAllowed, Conflict when it is not retired."""
    taken = _take(article, by)
    if not taken.retired_at:
        raise Conflict("It is not retired.", code="state")
    taken.retired_at, taken.retired_because, taken.version = None, "", taken.version + 1
    taken.save(update_fields=["retired_at", "retired_because", "version"])
    if taken.translations.filter(current__isnull=False).exists():
        found_true(taken, at)
        settle_urgent_approval(taken, at=at)
    return taken


def _take(article: Article, by: User) -> Article:
    require_writer(by)
    return hold(article)
