"""Markdown of articles: as safe HTML for readers, and as plain words for searches and summaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import nh3
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.elsewhere import video_host

# Whoever edits writes Markdown; HTML in it is shown as it was typed. nh3 is the second fence, should the first have a
# hole.
PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "img", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href"}, "h2": {"id"}, "h3": {"id"}, "ol": {"start"}, "code": {"class"},
    "img": {"src", "alt", "width", "height", "loading"},
}  # fmt: skip
SCHEMES = {"https", "mailto"}
ARTICLE, FILE = "article:", "file:"


class Shown(NamedTuple):
    """Where a file is, and of a picture how large it is, so that nothing jumps while it loads."""

    address: str
    width: int | None = None
    height: int | None = None


class Picture(NamedTuple):
    """A picture in a text: what it points at, and what is read instead of it."""

    source: str
    alternative: str


def _may_be_an_address(address: str) -> bool:
    """The parser's own rule bans ``file:``, which here names the article's files and never reaches a page."""
    return address.startswith(FILE) or MarkdownIt.validateLink(PARSER, address)


PARSER.validateLink = _may_be_an_address  # type: ignore[method-assign,assignment]  # markdown-it's own way


def html_of(
    markdown: str,
    *,
    address_of: Callable[[str], str | None],
    file_of: Callable[[str], Shown | None] = lambda name: None,
    video: str = "Video",
) -> str:
    """Safe HTML. ``address_of`` gives the address of an article's code, None when readers have no such article.

    ``file_of`` does so for the name of a file. A link to what they may not see keeps its words and loses its address; a
    picture that is not the article's own is its alternative text. A paragraph that is a link to a video becomes a card
    that leads there, named ``video`` when its words are missing: nothing of another host is loaded before a reader asks
    for it, so no one there learns who reads what, and the page's policy stays as strict as it is.
    """
    tokens = PARSER.parse(markdown)
    _name_headings(tokens)
    for opening, token in pairwise(tokens):
        if token.type == "inline":
            children = _picture(token.children or [], file_of)
            is_alone = opening.type == "paragraph_open"
            card = _card(token.content.strip(), children, video) if is_alone else None
            token.children = card or _lead(children, address_of, file_of)
    html: str = PARSER.renderer.render(tokens, PARSER.options, {})
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_from_here,
        allowed_classes={"a": {"video"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    )


def plain_text(markdown: str) -> str:
    """The words in their order, a line a block, without marks and addresses; a picture is its alternative text.

    Code stays, it is searched for.
    """
    lines = []
    for token in PARSER.parse(markdown):
        if token.type == "inline":
            words = (" " if one.type.endswith("break") else one.content for one in token.children or [])
            lines.append("".join(words))
        elif token.type in ("fence", "code_block"):
            lines.append(token.content.strip())
    return "\n".join(line for line in lines if line)


def articles_linked(markdown: str) -> list[str]:
    """The codes of the articles that a text links to, in order, each once."""
    links = (str(one.attrGet("href")) for one in _parts(markdown) if one.type == "link_open")
    return list(dict.fromkeys(link.removeprefix(ARTICLE) for link in links if link.startswith(ARTICLE)))


def pictures_of(markdown: str) -> list[Picture]:
    """The pictures of a text, in order."""
    images = (one for one in _parts(markdown) if one.type == "image")
    return [Picture(str(one.attrGet("src")), one.content.strip()) for one in images]


def files_named(markdown: str) -> list[str]:
    """The names of the article's files that a text shows or links to, in order, each once."""
    addresses = (str(one.attrGet("src") or one.attrGet("href") or "") for one in _parts(markdown))
    return list(dict.fromkeys(one.removeprefix(FILE) for one in addresses if one.startswith(FILE)))


def steps_of(markdown: str) -> list[str]:
    """The steps of a text's numbered lists, as plain words (structured data of the help centre)."""
    steps, depth, numbered = [], 0, False
    for token in PARSER.parse(markdown):
        if token.type == "ordered_list_open":
            numbered = True
        elif token.type == "ordered_list_close":
            numbered = False
        depth += token.nesting if token.type.startswith("list_item") else 0
        if token.type == "inline" and numbered and depth == 1:
            steps.append("".join(one.content for one in token.children or []))
    return steps


def _parts(markdown: str) -> Iterator[Token]:
    """What stands in the lines of a text: words, links, pictures."""
    for token in PARSER.parse(markdown):
        if token.type == "inline":
            yield from token.children or []


def _name_headings(tokens: list[Token]) -> None:
    """An anchor a heading, so that a step can be linked to."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", slugify(inline.content)[:60] or "part")


def _picture(children: list[Token], file_of: Callable[[str], Shown | None]) -> list[Token]:
    """The article's own pictures with their size; of any other the alternative text alone."""
    kept = []
    for child in children:
        if child.type == "image":
            source = str(child.attrGet("src"))
            shown = file_of(source.removeprefix(FILE)) if source.startswith(FILE) else None
            if shown is None or shown.width is None:
                child = Token("text", "", 0, content=child.content)
            else:
                size = {"width": str(shown.width), "height": str(shown.height or ""), "loading": "lazy"}
                child.attrs = {"src": shown.address, "alt": "", **size}
        kept.append(child)
    return kept


def _card(words: str, children: list[Token], video: str) -> list[Token] | None:
    """A link to a video that stands alone, as a card; None for anything else."""
    if [child.type for child in children] == ["text"] and not any(sign.isspace() for sign in words):
        address, title = words, video
    elif children and (children[0].type, children[-1].type) == ("link_open", "link_close"):
        address = str(children[0].attrGet("href"))
        title = "" if children[0].info == "auto" else "".join(child.content for child in children[1:-1])
        if sum(child.type == "link_open" for child in children) > 1:
            return None
    else:
        return None
    host = video_host(address)
    if not host:
        return None
    return [
        Token("link_open", "a", 1, attrs={"href": address, "class": "video"}),
        Token("strong_open", "strong", 1),
        Token("text", "", 0, content=title.strip() or video),
        Token("strong_close", "strong", -1),
        Token("text", "", 0, content=f" {host}"),
        Token("link_close", "a", -1),
    ]


def _lead(
    children: list[Token], address_of: Callable[[str], str | None], file_of: Callable[[str], Shown | None]
) -> list[Token]:
    """Links to articles and files get the address that the reader has; those that lead nowhere go."""
    kept: list[Token] = []
    is_dead: list[bool] = []
    for child in children:
        if child.type == "link_open":
            address = _address(str(child.attrGet("href")), address_of, file_of)
            is_dead.append(address is None)
            if address is not None:
                child.attrSet("href", address)
        ends_dead = child.type == "link_close" and is_dead.pop()
        if not (ends_dead or (child.type == "link_open" and is_dead[-1])):
            kept.append(child)
    return kept


def _address(href: str, address_of: Callable[[str], str | None], file_of: Callable[[str], Shown | None]) -> str | None:
    if href.startswith(FILE):
        shown = file_of(href.removeprefix(FILE))
        return shown.address if shown else None
    return address_of(href.removeprefix(ARTICLE)) if href.startswith(ARTICLE) else href


def _from_here(tag: str, attribute: str, value: str) -> str | None:
    """The second fence for pictures: none is loaded from another host."""
    is_foreign = attribute == "src" and not (value.startswith("/") and not value.startswith("//"))
    return None if is_foreign else value
