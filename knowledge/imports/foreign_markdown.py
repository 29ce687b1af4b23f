"""Markdown with HTML and links of another place, as the Markdown of articles; code is left as it was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from knowledge.imports.arrival import ARRIVING
from knowledge.imports.html import Told, markdown_of
from knowledge.markdown import FILE

FENCE = re.compile(r"^([ \t>]*)(`{3,}|~{3,})[^\n]*\n(?:.*\n)*?[ \t>]*\2[`~]*[ \t]*$", re.MULTILINE)
INLINE_CODE = re.compile(r"(`{1,3})(?!`)[^`\n]{1,500}?\1(?!`)")
KEPT = re.compile(r"\x00(\d+)\x00")
BLOCK = re.compile(
    r"<(figure|details|table|div|p|picture|center|aside|iframe|script|style|form|object|svg|video|ul|ol)\b[^>]*>.*?</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
ALONE = re.compile(r"<(?:img|br|hr|input|embed|link|meta)\b[^>]{0,2000}>", re.IGNORECASE)
INLINE = re.compile(
    r"(?<!\]\()</?(?:mark|u|span|sub|sup|b|i|em|strong|small|font|kbd|a|code|del)\b[^>]{0,500}>", re.IGNORECASE
)
LINK = re.compile(
    r"(!?)\[([^\[\]\n]{0,500})\]\((<[^>\n]{0,2000}>|[^()\s]{0,2000}(?:\([^()\s]{0,500}\)[^()\s]{0,2000})?)(?:\s+\"[^\"\n]{0,500}\")?\)"
)
# The second half of a link around a picture, whose first half was seen to before.
AROUND = re.compile(r"(?<=\))\]\((<[^>\n]{0,2000}>|[^()\s]{0,2000})\)")
TITLE = re.compile(r"\A\s*#[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)


def apart_from_code(markdown: str, change: Callable[[str], str]) -> str:
    """``change`` everything but code."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\x00{len(kept) - 1}\x00"

    def put_back(match: re.Match[str]) -> str:
        code = kept[int(match[1])]
        if "\n" not in code:
            return code
        before = match.string[match.string.rfind("\n", 0, match.start()) + 1 : match.start()]
        return code.replace("\n", f"\n{before}") if before.strip(" >") == "" and ">" in before else code

    return KEPT.sub(put_back, change(INLINE_CODE.sub(keep, FENCE.sub(keep, markdown.replace("\x00", "")))))


def rewritten(markdown: str, *, link_of: Callable[[str], str], picture_of: Callable[[str], str], told: Told) -> str:
    """HTML becomes Markdown, or is dropped and named; links and pictures lead where the two functions say.

    A link that leads nowhere keeps its words. Runs outside code only: see :func:`apart_from_code`.
    """

    def lead(to: Callable[[str], str]) -> Callable[[str], str]:
        return lambda address: address if address.startswith((FILE, ARRIVING)) else to(unquote(address))

    def of_html(match: re.Match[str]) -> str:
        made = markdown_of(match[0], link_of=lead(link_of), picture_of=lead(picture_of), told=told).strip()
        if match[0][0:3].lower() == "<br":
            return "\n"
        return f"\n\n{made}\n\n" if match.re is BLOCK else made

    def of_link(match: re.Match[str]) -> str:
        is_picture, words, address = match[1], match[2], match[3].strip("<>")
        leads = lead(picture_of if is_picture else link_of)(address)
        if not leads:
            return words
        is_odd = any(sign.isspace() or sign in "()" for sign in leads)
        return f"{is_picture}[{words}](<{leads}>)" if is_odd else f"{is_picture}[{words}]({leads})"

    def of_link_around(match: re.Match[str]) -> str:
        leads = lead(link_of)(match[1].strip("<>"))
        return f"](<{leads}>)" if leads else "]"

    text = ALONE.sub(of_html, BLOCK.sub(of_html, markdown))
    text = LINK.sub(of_link, INLINE.sub("", text))
    text = AROUND.sub(of_link_around, text)
    text = re.sub(r"^#(?=[ \t])", "##", text, flags=re.MULTILINE)  # the title is the only one of its level
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def title_and_rest(markdown: str, otherwise: str) -> tuple[str, str]:
    """The first heading as the title, and what follows it."""
    found = TITLE.match(markdown)
    if found is None:
        return otherwise, markdown
    return re.sub(r"[*_`]|\[([^\]]*)\]\([^)]*\)", r"\1", found[1]).strip() or otherwise, markdown[found.end() :]
