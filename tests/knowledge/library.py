"""Articles for tests, published in the house's name."""

from __future__ import annotations

from typing import Any

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.guide import digest_of
from knowledge.models import Article, Category, Revision, Translation
from tests.conftest import NOON


def publish(
    code: str,
    *,
    language: str = "en",
    title: str = "An article",
    summary: str = "What it is about.",
    keywords: str = "",
    plain: str = "Words.",
    category: str = "features",
    **facts: Any,
) -> Translation:
    """An article in one language that readers see; ``facts`` are the article's."""
    with acting(by=system_actor(SystemActor.GUIDE), channel="test"):
        article = Article.objects.create(category=Category.objects.get(slug=category), code=code, **facts)
        translation = Translation.objects.create(article=article, language=language, slug=code)
        words = {"title": title, "summary": summary, "keywords": keywords, "body": plain}
        digest = digest_of(**words)
        revision = Revision.objects.create(
            translation=translation, number=1, state="published", author_id=SystemActor.GUIDE, created_at=NOON,
            published_at=NOON, reviewed_digest=digest, approved_digest=digest, **words,
        )  # fmt: skip
        translation.current, translation.plain = revision, plain
        translation.title, translation.summary, translation.keywords = title, summary, keywords
        translation.save()
    return translation
