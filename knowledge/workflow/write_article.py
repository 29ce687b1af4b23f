"""write_article: a new article begins with the draft of its first language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from knowledge.models import Article, ArticleTag, Audience, Category, Revision, Significance, Tag, Translation
from knowledge.revision_gates import require_writer
from knowledge.workflow.edit_draft import checked_words


def write_article(
    *,
    category: Category,
    title: str,
    summary: str = "",
    keywords: str = "",
    body: str = "",
    language: str = Language.ENGLISH,
    code: str = "",
    audience: str = "",
    is_critical: bool = False,
    tags: Sequence[str] = (),
    by: User,
    at: datetime,
) -> Revision:
    """Begin an article and return its first draft. Nobody but staff sees it before it is published.

    Parameters: ``code`` is its name in links, made of the title when empty; ``audience`` the category's when empty.
    Raises NotAllowed; Invalid naming the field; Conflict when the code or the address is taken.
    Source: handbook 'Knowledge Base Management' creation_process.
    """
    require_writer(by)
    words = checked_words(title=title, summary=summary, keywords=keywords, body=body)
    if language not in Language.values:
        raise Invalid("Write in en, pt or es.", field="language")
    if audience and audience not in Audience.values:
        raise Invalid(f"Choose one of {', '.join(Audience.values)}, or leave it to the category.", field="audience")
    code = slugify(code or title)[:80]
    slug = slugify(title)[:120] or code
    if not code:
        raise Invalid("Give a title with letters or digits.", field="title")
    if Article.objects.filter(code=code).exists():
        raise Conflict(f"An article “{code}” exists. Change it, or choose another code.", field="code", code="taken")
    if Translation.objects.filter(language=language, slug=slug).exists():
        raise Conflict("Another article has this title. Choose one that tells them apart.", field="title", code="taken")
    try:
        with transaction.atomic():
            return _begin(
                Article(category=category, code=code, audience=audience, is_critical=is_critical, owner=by),
                Translation(language=language, slug=slug),
                Revision(number=1, author=by, created_at=at, significance=Significance.MAJOR, **words),
                tags,
            )
    except IntegrityError:
        raise Conflict("Somebody has just begun an article with this title.", field="title", code="taken") from None


def _begin(article: Article, translation: Translation, draft: Revision, tags: Sequence[str]) -> Revision:
    article.save()
    for name in dict.fromkeys(slugify(tag)[:50] for tag in tags):
        if name:
            tag, _ = Tag.objects.get_or_create(slug=name)
            ArticleTag.objects.create(article=article, tag=tag)
    translation.article = article
    translation.save()
    draft.translation = translation
    draft.save()
    return draft
