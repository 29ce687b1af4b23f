"""Zendesk Guide: the objects of its Help Center API, as JSON or JSON Lines, with the files of its articles beside."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from financy_support.desk.people.language import Language
from knowledge.imports.arrival import Arrival, ArrivedText, Luggage, Unreadable, link_to, read_each, require_readable
from knowledge.imports.html import Told, markdown_of
from knowledge.imports.tree import Tree
from knowledge.markdown import FILE
from knowledge.models import Audience

# As answers to lists name them, and as single lines do.
KINDS = {
    "categories": "category", "sections": "section", "articles": "article", "translations": "translation",
    "article_attachments": "article_attachment", "attachments": "article_attachment",
}  # fmt: skip
KINDS |= {one: one for one in KINDS.values()}
ITS_ARTICLE = re.compile(r"/hc/(?:[\w-]+/)?articles/(\d+)")
ITS_FILE = re.compile(r"/(?:article_)?attachments/(?:token/)?(\w+)")
Objects = dict[str, dict[str, dict[str, Any]]]


def read_zendesk(tree: Tree) -> Iterator[Arrival | Unreadable]:
    """Each article with its translations and files; then whatever could not be read."""
    found: Objects = defaultdict(dict)
    wrong = [Unreadable(name, reason) for name, reason in tree.broken.items()]
    for name in [*tree.below(".json"), *tree.below(".jsonl"), *tree.below(".ndjson")]:
        wrong += _take(name, tree.files[name], found)
    for article in sorted(found["article"].values(), key=lambda one: _place(one, found)):
        yield read_each(_id(article), lambda article=article: _arrival(article, found, tree))  # type: ignore[misc]  # now
    yield from wrong
    if not found["article"]:
        yield Unreadable("the file", 'It names no article. Export {"articles": […]} of the Help Center API.')


def _take(name: str, content: bytes, found: Objects) -> Iterator[Unreadable]:
    text = content.decode("utf-8-sig", errors="replace").replace("\x00", "")
    lines = [(name, text)] if name.lower().endswith(".json") else _lines(name, text)
    for where, line in lines:
        try:
            said = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Unreadable(where, f"It is no JSON: {str(error)[:200]}.")
            continue
        for kind, rows in said.items() if isinstance(said, dict) else ():
            for row in (rows if isinstance(rows, list) else [rows]) if kind in KINDS else ():
                yield from _keep(KINDS[kind], row, where, found)


def _lines(name: str, text: str) -> list[tuple[str, str]]:
    return [(f"{name} line {number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _keep(kind: str, row: Any, where: str, found: Objects) -> Iterator[Unreadable]:
    if not isinstance(row, dict) or not _id(row):
        yield Unreadable(where, f"A {kind} there has no id.")
        return
    nested = row.get("translations")
    for one in nested if isinstance(nested, list) else ():
        yield from _keep(
            "translation", {"source_id": row.get("id"), **one} if isinstance(one, dict) else one, where, found
        )
    found[kind][_id(row)] = row


def _arrival(article: dict[str, Any], found: Objects, tree: Tree) -> Arrival:
    number, told, luggage = _id(article), Told(), Luggage()
    code = _text(article, "desk_code")
    files = [one for one in found["article_attachment"].values() if str(one.get("article_id")) == number]
    contents = {_id(one): (_text(one, "file_name") or "file", _content(one, tree)) for one in files}
    beside = [_id(one) for one in files if one.get("inline") is not True]
    texts: dict[str, ArrivedText] = {}
    old: list[tuple[str, str]] = []
    for words in _translations(article, found):
        locale = _text(words, "locale").lower()
        language = locale[:2]
        if language not in Language.values or language in texts:
            why = "has its text here" if language in texts else "is no language of this desk"
            told.add(f"Left out the text in {locale or 'no language'}: {language or 'it'} {why}.")
            continue
        texts[language] = _words(words, language, found, contents, beside, luggage, told)
        if not code:
            old.append((f"/hc/{locale}/articles/{number}", language))
    if code:  # the words name these files already
        for name, content in contents.values():
            if content is not None:
                luggage.name(name, content)
    audience = _text(article, "desk_audience")
    if not audience and article.get("user_segment_id") is not None:
        audience = Audience.SUPPORT_TEAM.value
        told.add("Only some readers had it there: it is for the support team here until somebody opens it.")
    return Arrival(
        external_id=f"desk:{code}" if code else number,
        texts=tuple(texts.values()),
        code=code,
        shelves=_shelves(article, found),
        tags=tuple(one for one in article.get("label_names") or () if isinstance(one, str)),
        audience=audience,
        files=luggage.files,
        old_paths=tuple(old),
        notes=tuple(told.notes),
    )


def _translations(article: dict[str, Any], found: Objects) -> list[dict[str, Any]]:
    """The source's first. Title and body live on translations; the article's own stand in where there are none."""
    mine = [
        one
        for one in found["translation"].values()
        if str(one.get("source_id")) == _id(article) and _text(one, "source_type").lower() in ("", "article")
    ]
    source = _text(article, "source_locale") or _text(article, "locale")
    if not any(_text(one, "locale") == _text(article, "locale") for one in mine):
        mine.append(article)
    return sorted(mine, key=lambda one: (_text(one, "locale") != source, _text(one, "locale")))


def _words(
    words: dict[str, Any],
    language: str,
    found: Objects,
    contents: dict[str, tuple[str, bytes | None]],
    beside: list[str],
    luggage: Luggage,
    told: Told,
) -> ArrivedText:
    title = _text(words, "title") or _text(words, "name")
    if "body_markdown" in words:
        body = _text(words, "body_markdown")
        return ArrivedText(language, title, body, _text(words, "desk_summary"), _text(words, "desk_keywords"))

    def file_of(address: str) -> str:
        match = ITS_FILE.search(address)
        ours = contents.get(match[1]) if match else None
        last = address.partition("?")[0].rpartition("/")[2]
        ours = ours or next((one for one in contents.values() if one[0] == last), None)
        if ours is None or ours[1] is None:
            told.add(f"A file is not in the export: {address[:100]}.")
            return ""
        return FILE + luggage.name(*ours)  # type: ignore[arg-type]  # its content was looked at

    def link_of(address: str) -> str:
        match = ITS_ARTICLE.search(address)
        if match and match[1] in found["article"]:
            return link_to(match[1])
        if ITS_FILE.search(address):
            return file_of(address)
        return address if "://" in address or address.startswith("mailto:") else ""

    html = require_readable(_text(words, "body"))
    body = markdown_of(html, link_of=link_of, picture_of=file_of, told=told)
    for name, content in (contents[one] for one in beside):
        if content is None:
            told.add(f"A file is not in the export: {name[:100]}.")
        elif f"({FILE}{luggage.name(name, content)})" not in body:
            body += f"\n[{name}]({FILE}{luggage.name(name, content)})\n"
    return ArrivedText(language, title, body)


def _content(attachment: dict[str, Any], tree: Tree) -> bytes | None:
    """In the line itself, or beside it under its number or its name; nothing is fetched from the network."""
    if isinstance(attachment.get("content_base64"), str):
        return base64.b64decode(attachment["content_base64"], validate=True)
    name = _text(attachment, "file_name")
    if not name:
        return None
    beside = (one for one in sorted(tree.files) if f"/{one}".endswith(f"/{name}"))
    return tree.files.get(max(beside, key=lambda one: f"/{_id(attachment)}/" in f"/{one}", default=""))


def _shelves(article: dict[str, Any], found: Objects) -> tuple[str, ...]:
    section = found["section"].get(str(article.get("section_id")), {})
    category = found["category"].get(str(section.get("category_id")), {})
    named = [_text(section, "desk_slug"), _text(section, "name"), _text(category, "name")]
    return tuple(one for one in named if one)


def _place(article: dict[str, Any], found: Objects) -> tuple[int, int, str]:
    section = found["section"].get(str(article.get("section_id")), {})
    return _number(section, "position"), _number(article, "position"), _id(article)


def _id(row: dict[str, Any]) -> str:
    found = row.get("id")
    return str(found).strip()[:200] if isinstance(found, int | str) else ""


def _text(row: dict[str, Any], name: str) -> str:
    found = row.get(name)
    return found.replace("\x00", "") if isinstance(found, str) else ""


def _number(row: dict[str, Any], name: str) -> int:
    found = row.get(name)
    return found if isinstance(found, int) else 0
