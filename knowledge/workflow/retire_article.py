"""retire_article and restore_article: readers no longer find it; its words stay, and it can come back."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.user import User
from knowledge.duties import end_duties, found_true, hold, settle_urgent_approval
from knowledge.models import Article, Translation
from knowledge.revision_gates import require_writer


def retire_article(
    article: Article, *, because: str, replaced_by: Article | None = None, by: User, at: datetime
) -> Article:
    """Take it out of pages, search and feeds; its addresses lead to ``replaced_by``, and so do those that led to it.

    Raises NotAllowed; Invalid without a reason, and for a replacement that readers do not have; Conflict when it is
    out. Source: handbook 'obsolete_content_removal'.
    """
    require_writer(by)
    first = sorted({one.pk: one for one in (article, replaced_by) if one is not None}.values(), key=lambda one: one.pk)
    held = {one.pk: hold(one) for one in first}  # in one order, so that two who swap articles do not wait in a circle
    taken = held[article.pk]
    if not because.strip():
        raise Invalid("Say why readers no longer need it.", field="because")
    if taken.retired_at:
        raise Conflict("It is retired already.", code="state")
    if replaced_by is not None:
        _require_readable(replaced_by, instead_of=taken)
        for before in Article.objects.filter(replaced_by=taken).order_by("pk"):
            before.replaced_by = replaced_by
            before.save(update_fields=["replaced_by"])
    taken.retired_at, taken.retired_because, taken.version = at, because.strip()[:500], taken.version + 1
    taken.replaced_by = replaced_by
    taken.save(update_fields=["retired_at", "retired_because", "replaced_by", "version"])
    end_duties(taken, because="retired", at=at)
    return taken


def restore_article(article: Article, *, by: User, at: datetime) -> Article:
    """Readers find it again; it counts as looked over now. Raises NotAllowed, Conflict when it is not retired."""
    require_writer(by)
    taken = hold(article)
    if not taken.retired_at:
        raise Conflict("It is not retired.", code="state")
    taken.retired_at, taken.retired_because, taken.version = None, "", taken.version + 1
    taken.replaced_by = None
    taken.save(update_fields=["retired_at", "retired_because", "replaced_by", "version"])
    if taken.translations.filter(current__isnull=False).exists():
        found_true(taken, at)
        settle_urgent_approval(taken, at=at)
    return taken


def _require_readable(replacement: Article, *, instead_of: Article) -> None:
    """Of two that would replace each other the second is refused: what is retired is read by nobody."""
    if replacement.pk == instead_of.pk or not Translation.objects.public().filter(article=replacement).exists():
        raise Invalid("Choose another article, one that readers have.", field="replaced_by")
