"""Markdown of articles: as safe HTML for readers, and as plain words for searches and summaries."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import nh3
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Whoever edits writes Markdown; HTML in it is shown as it was typed. nh3 is the second fence, should the first have a
# hole.
PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "h2": {"id"}, "h3": {"id"}, "ol": {"start"}, "code": {"class"}}
SCHEMES = {"https", "mailto"}
ARTICLE = "article:"


def html_of(markdown: str, *, address_of: Callable[[str], str | None]) -> str:
    """Safe HTML. ``address_of`` gives the address of an article's code, None when readers have no such article.

    A link to an article that they may not see keeps its words and loses its address.
    """
    tokens = PARSER.parse(markdown)
    _name_headings(tokens)
    for token in tokens:
        if token.type == "inline":
            token.children = _lead(token.children or [], address_of)
    html: str = PARSER.renderer.render(tokens, PARSER.options, {})
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer")


def plain_text(markdown: str) -> str:
    """The words in their order, a line a block, without marks, addresses and images; code stays, it is searched for."""
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
    found = [
        str(child.attrGet("href")).removeprefix(ARTICLE)
        for token in PARSER.parse(markdown)
        if token.type == "inline"
        for child in token.children or []
        if child.type == "link_open" and str(child.attrGet("href")).startswith(ARTICLE)
    ]
    return list(dict.fromkeys(found))


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


def _name_headings(tokens: list[Token]) -> None:
    """An anchor a heading, so that a step can be linked to."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", slugify(inline.content)[:60] or "part")


def _lead(children: list[Token], address_of: Callable[[str], str | None]) -> list[Token]:
    """Links between articles get the address that the reader's language has; those that lead nowhere go."""
    kept: list[Token] = []
    is_dead: list[bool] = []
    for child in children:
        if child.type == "link_open":
            href = str(child.attrGet("href"))
            address = address_of(href.removeprefix(ARTICLE)) if href.startswith(ARTICLE) else href
            is_dead.append(address is None)
            if address is not None:
                child.attrSet("href", address)
        ends_dead = child.type == "link_close" and is_dead.pop()
        if not (ends_dead or (child.type == "link_open" and is_dead[-1])):
            kept.append(child)
    return kept
