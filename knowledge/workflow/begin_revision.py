"""begin_revision: the next wording of an article in one language begins as a copy of what readers see."""

from __future__ import annotations

from datetime import datetime

from django.utils.text import slugify

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from knowledge.models import Article, Revision, RevisionState, Translation
from knowledge.revision_gates import require_writer

AT_WORK = (RevisionState.DRAFT, RevisionState.IN_REVIEW, RevisionState.IN_APPROVAL, RevisionState.APPROVED)


def begin_revision(article: Article, *, language: str, by: User, at: datetime) -> Revision:
    """Return the draft. A translation starts from the source's words and says which revision these were.

    The source of an article is its English text, or the language that was written first. Raises NotAllowed, Invalid
    naming the language, Conflict while another revision of it is at work.
    """
    require_writer(by)
    if language not in Language.values:
        raise Invalid("Write in en, pt or es.", field="language")
    locked = Article.objects.select_for_update(no_key=True).get(pk=article.pk)
    source = _source(locked)
    translation, is_new = Translation.objects.get_or_create(
        article=locked, language=language, defaults={"slug": _free_slug(source, locked, language)}
    )
    at_work = translation.revisions.filter(state__in=AT_WORK).first()
    if at_work is not None:
        raise Conflict(
            f"Revision {at_work.number} of {at_work.author} is {at_work.get_state_display()}. Finish or discard it.",
            code="at_work",
        )
    start = translation.current or (source.current if source else None)
    last = translation.revisions.order_by("-number").values_list("number", flat=True).first() or 0
    is_source = source is None or source.pk == translation.pk
    return Revision.objects.create(
        translation=translation,
        number=last + 1,
        author=by,
        created_at=at,
        title=start.title if start else locked.code,
        summary=start.summary if start else "",
        keywords=start.keywords if start and not is_new else "",
        body=start.body if start else "",
        based_on=None if is_source or source is None else source.current,
    )


def _source(article: Article) -> Translation | None:
    translations = list(article.translations.select_related("current").order_by("pk"))
    english = [one for one in translations if one.language == Language.ENGLISH and one.current_id]
    return next(iter(english or [one for one in translations if one.current_id]), None)


def _free_slug(source: Translation | None, article: Article, language: str) -> str:
    """An address for a translation that has no title of its own yet; its first publication gives it a better one."""
    slug = slugify(source.title if source else article.code)[:110] or article.code
    taken = Translation.objects.filter(language=language, slug=slug).exists()
    return f"{slug}-{article.pk}" if taken else slug
