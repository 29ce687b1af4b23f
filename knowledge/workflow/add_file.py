"""add_file: an article gets a picture or an attachment, which its words can name from then on."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.db.models import Sum

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.user import User
from knowledge.files import LARGEST_FILE, kind_of, stable_name
from knowledge.models import Article, ArticleFile
from knowledge.revision_gates import require_writer

MOST_BYTES = 100 * 1024 * 1024  # of one article


def add_file(article: Article, *, name: str, content: bytes, by: User, at: datetime) -> ArticleFile:
    """Keep it, and return it with the name by which words reach it. The same file twice is kept once.

    Readers see it when words that name it are published: it goes through review with them, and can therefore not be
    exchanged under its name. Raises NotAllowed; Invalid naming what is wrong with it; Conflict when the name is taken.
    """
    require_writer(by)
    name = stable_name(name)
    if not content:
        raise Invalid(f"“{name}” is empty.", field="file", code="empty")
    if len(content) > LARGEST_FILE:
        said = f"“{name}” has {len(content):,} bytes; {LARGEST_FILE:,} is the most. Make the picture smaller."
        raise Invalid(said, field="file", code="too_large")
    kind = kind_of(content, name)
    held = Article.objects.select_for_update(no_key=True).get(pk=article.pk)  # two files of one name wait here
    digest = sha256(content).hexdigest()
    known = ArticleFile.objects.filter(article=held, name=name).defer("content").first()
    if known is not None and known.sha256 == digest:
        return known
    if known is not None:
        said = f"Another file is called “{name}”, and words may name it already. Give yours another name."
        raise Conflict(said, field="file", code="taken")
    kept = ArticleFile.objects.filter(article=held).aggregate(bytes=Sum("size"))["bytes"] or 0
    if kept + len(content) > MOST_BYTES:
        raise Invalid(f"The files of one article have at most {MOST_BYTES:,} bytes.", field="file", code="too_many")
    return ArticleFile.objects.create(
        article=held,
        name=name,
        content_type=kind.content_type,
        width=kind.width,
        height=kind.height,
        size=len(content),
        sha256=digest,
        content=content,
        created_at=at,
        by=by,
    )
