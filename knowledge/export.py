"""Articles as they are read now, for other places: Zendesk's objects, a JSON line each, or Markdown files in a zip."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.conf import settings

from knowledge.help_centre.shelves import address, file_address
from knowledge.markdown import FILE, Shown, files_named, html_of
from knowledge.models import Article, ArticleFile, Category, Translation

LOCALES = {"en": "en-us", "pt": "pt-br", "es": "es"}
NOBODY_S_SEGMENT = 0  # Zendesk has none of this number: what only staff reads is refused there, not shown to all
ZIPPED_AT = (1980, 1, 1, 0, 0, 0)  # the same articles make the same archive


def as_json_lines(reader: Any) -> Iterator[bytes]:
    """Category, section, article, translation and attachment lines of what ``reader`` may read.

    Each has the fields of Zendesk's Help Center API, and our own beside them, named desk_… and body_markdown: with
    these the Zendesk import of a desk finds every word as it was.
    """
    shown = _shown_to(reader)
    addresses = _addresses(reader)
    for category in Category.objects.filter(articles__translations__in=shown).distinct():
        named = {"id": category.pk, "name": category.name, "position": category.position, "locale": "en-us"}
        yield _line("category", named)
        yield _line("section", {**named, "category_id": category.pk, "desk_slug": category.slug})
    for article, translations in _articles(reader):
        source = next((one for one in translations if one.language == "en"), translations[0])
        said = {one.pk: _translation(article, one, addresses) for one in translations}
        yield _line("article", _article(article, source, said[source.pk], addresses))
        for one in translations:
            yield _line("translation", said[one.pk])
        for file in _files(article, translations):
            yield _line("article_attachment", _attachment(article, file))


def as_markdown_zip(reader: Any) -> Iterator[bytes]:
    """A file a text below its category, its facts between two lines of dashes; pictures and attachments beside."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for article, translations in _articles(reader):
            folder = article.category.slug
            for one in translations:
                _put(archive, f"{folder}/{article.code}.{one.language}.md", _markdown(article, one).encode())
                yield sink.taken()
            for file in _files(article, translations):
                _put(archive, f"files/{article.code}/{file.name}", bytes(file.content))
                yield sink.taken()
    yield sink.taken()


# What each is made by, its type, and the name under which it is saved.
FORMATS: dict[str, tuple[Callable[[Any], Iterator[bytes]], str, str]] = {
    "jsonl": (as_json_lines, "application/x-ndjson", "articles.jsonl"),
    "markdown": (as_markdown_zip, "application/zip", "articles.zip"),
}


def _shown_to(reader: Any) -> Any:
    return Translation.objects.visible_to(reader)


def _articles(reader: Any) -> Iterator[tuple[Article, list[Translation]]]:
    """One at a time, so that an export of any size needs little room."""
    shown = _shown_to(reader)
    for number in list(shown.order_by("article_id").values_list("article_id", flat=True).distinct()):
        translations = list(shown.filter(article=number).select_related("article__category", "current"))
        if translations:
            yield translations[0].article, sorted(translations, key=lambda one: one.language)


def _addresses(reader: Any) -> dict[tuple[str, str], str]:
    """Of each article in each language."""
    rows = _shown_to(reader).values_list("article__code", "language", "slug")
    return {(code, language): f"{settings.DESK_BASE_URL}{address(language, slug)}" for code, language, slug in rows}


def _files(article: Article, translations: list[Translation]) -> Iterator[ArticleFile]:
    """Those that the words name: others nobody has signed."""
    named = {name for one in translations if one.current for name in files_named(one.current.body)}
    yield from ArticleFile.objects.filter(article=article, name__in=named).order_by("name").iterator(chunk_size=1)


def _article(
    article: Article, source: Translation, words: Mapping[str, Any], addresses: Mapping[tuple[str, str], str]
) -> dict[str, Any]:
    is_public = Translation.objects.public().filter(pk=source.pk).exists()
    return {
        "id": article.pk,
        "html_url": addresses.get((article.code, source.language), ""),
        "section_id": article.category_id,
        "position": article.position,
        "locale": LOCALES[source.language],
        "source_locale": LOCALES[source.language],
        "title": words["title"],
        "name": words["title"],
        "body": words["body"],
        "draft": False,
        "promoted": False,
        "comments_disabled": True,
        "user_segment_id": None if is_public else NOBODY_S_SEGMENT,
        "permission_group_id": None,
        "label_names": list(article.tagged.order_by("tag__slug").values_list("tag__slug", flat=True)),
        "updated_at": words["updated_at"],
        "desk_code": article.code,
        "desk_audience": article.audience,
    }


def _translation(article: Article, one: Translation, addresses: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    current = one.current
    assert current is not None
    named = ArticleFile.objects.filter(article=article, name__in=files_named(current.body)).defer("content")
    files = {file.name: Shown(file_address(one, file.name), file.width, file.height) for file in named}
    html = html_of(current.body, address_of=lambda code: addresses.get((code, one.language)), file_of=files.get)
    return {
        "id": one.pk,
        "source_id": article.pk,
        "source_type": "Article",
        "locale": LOCALES[one.language],
        "title": current.title,
        "body": html,
        "draft": False,
        "outdated": False,
        "updated_at": current.published_at.isoformat() if current.published_at else None,
        "body_markdown": current.body,
        "desk_summary": current.summary,
        "desk_keywords": current.keywords,
    }


def _attachment(article: Article, file: ArticleFile) -> dict[str, Any]:
    return {
        "id": file.pk,
        "article_id": article.pk,
        "file_name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "inline": file.width is not None,
        "content_base64": base64.b64encode(bytes(file.content)).decode(),
    }


def _markdown(article: Article, one: Translation) -> str:
    current = one.current
    assert current is not None
    facts = {
        "title": current.title,
        "summary": current.summary,
        "keywords": current.keywords,
        "language": one.language,
        "article": article.code,
        "category": article.category.slug,
        "audience": article.read_by,
        "tags": list(article.tagged.order_by("tag__slug").values_list("tag__slug", flat=True)),
        "published_at": current.published_at.isoformat() if current.published_at else "",
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in facts.items()]  # JSON is YAML
    body = current.body
    for name in files_named(body):
        body = body.replace(f"({FILE}{name})", f"(../files/{article.code}/{name})")
    return "\n".join(["---", *lines, "---", "", body])


def _line(kind: str, said: Mapping[str, Any]) -> bytes:
    return json.dumps({kind: said}, ensure_ascii=False).encode() + b"\n"


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, ZIPPED_AT), content, zipfile.ZIP_DEFLATED)


class _Sink(io.RawIOBase):
    """Where an archive is written, and taken from while it grows."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, some: Any) -> int:
        self._parts.append(bytes(some))
        return len(some)

    def taken(self) -> bytes:
        """What was written since last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
