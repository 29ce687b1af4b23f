"""GitBook: a folder kept in Git; SUMMARY.md is the tree, blocks in {% … %} are no Markdown, pages link by path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any
from urllib.parse import unquote

import yaml
from markdown_it import MarkdownIt

from knowledge.imports.arrival import Arrival, ArrivedText, Luggage, Unreadable, link_to, read_each, require_readable
from knowledge.imports.foreign_markdown import apart_from_code, rewritten, title_and_rest
from knowledge.imports.html import Told
from knowledge.imports.tree import Tree
from knowledge.markdown import FILE, steps_of

FEWEST_STEPS = 3
RUNBOOK = "May become a runbook: it has numbered steps."
HINTS = {"info": "Note", "success": "Tip", "warning": "Warning", "danger": "Danger"}
FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
HINT = re.compile(r"\{% hint\b(?P<told>[^%\n]*)%\}(?P<inside>.*?)\{% endhint %\}", re.DOTALL)
TAB = re.compile(r"\{% tab\b(?P<told>[^%\n]*)%\}(?P<inside>.*?)\{% endtab %\}", re.DOTALL)
CODE = re.compile(r"\{% code\b(?P<told>[^%\n]*)%\}(?P<inside>.*?)\{% endcode %\}", re.DOTALL)
STANDS_FOR = re.compile(
    r"\{% (?P<kind>embed|file) (?P<told>[^%\n]*)%\}(?:\n?(?P<inside>[^{\n]{0,300})\{% end(?P=kind) %\})?"
)
KEPT_INSIDE = re.compile(r"\{% (?:end)?(?:tabs|content-ref|stepper|step|columns|column)\b[^%\n]*%\}")
OTHER = re.compile(r"\{% (\S{1,40})[^%\n]{0,500}%\}")
SETTING = re.compile(r'(\w+)="([^"\n]*)"')


@dataclass(frozen=True)
class _Place:
    """Where SUMMARY.md puts a page: its title there, and what it stands below, the nearest first."""

    title: str
    shelves: tuple[str, ...]


def read_gitbook(tree: Tree, *, language: str) -> Iterator[Arrival | Unreadable]:
    """Each page in the order of SUMMARY.md, those that it does not name after them; then what could not be read."""
    settings = _settings(tree)
    if isinstance(settings, Unreadable):
        yield settings
        settings = {}
    top = _folder_of_summary(tree, settings)
    summary = f"{top}{_under(settings, 'structure', 'summary') or 'SUMMARY.md'}"
    places = _places(tree.files.get(summary, b"").decode("utf-8-sig", errors="replace"))
    pages = {name.removeprefix(top): name for name in tree.below(".md") if name.startswith(top) and name != summary}
    old = _redirects(settings)
    for page in [*places, *(page for page in pages if page not in places)]:
        if page in pages:
            content = tree.files[pages[page]]
            yield read_each(
                page,
                lambda page=page, content=content: _arrival(page, content, language, top, places, pages, old, tree),  # type: ignore[misc]
            )
        else:
            yield Unreadable(page, "SUMMARY.md names this page, and it is not there.")
    yield from (Unreadable(name, reason) for name, reason in tree.broken.items())
    if not pages:
        yield Unreadable("the folder", "There is no page in it. Give the folder that holds SUMMARY.md, or a zip of it.")


def _settings(tree: Tree) -> dict[str, Any] | Unreadable:
    name = next((name for name in sorted(tree.files, key=len) if f"/{name}".endswith("/.gitbook.yaml")), "")
    try:
        said = yaml.safe_load(tree.files[name]) if name else {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return Unreadable(name, f"It is no YAML, so its redirects are not kept: {str(error)[:200]}.")
    return said if isinstance(said, dict) else {}


def _under(settings: dict[str, Any], *names: str) -> str:
    found: Any = settings
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return normpath(found.strip()) if isinstance(found, str) and found.strip() else ""


def _folder_of_summary(tree: Tree, settings: dict[str, Any]) -> str:
    """With a slash at its end; empty for the top. ``root`` of .gitbook.yaml names it, else the summary lies in it."""
    wanted = _under(settings, "structure", "summary") or "SUMMARY.md"
    root = _under(settings, "root").strip("/.")
    found = [name for name in sorted(tree.files, key=len) if f"/{name}".endswith(f"/{wanted}")]
    found = [name for name in found if f"/{root}/" in f"/{name}"] or found
    return found[0].removesuffix(wanted) if found else ""


def _places(summary: str) -> dict[str, _Place]:
    """The links of a summary in their order; headings are groups, lists in lists pages below pages."""
    places: dict[str, _Place] = {}
    group, above = "", list[str]()
    depth, is_heading = 0, False
    for token in MarkdownIt("commonmark").parse(summary):
        depth += token.nesting if token.type == "bullet_list_open" or token.type == "bullet_list_close" else 0
        is_heading = token.type == "heading_open" or (is_heading and token.type != "heading_close")
        if token.type != "inline":
            continue
        title = "".join(one.content for one in token.children or []).strip()
        link = next((one for one in token.children or [] if one.type == "link_open"), None)
        href = str(link.attrGet("href")) if link else ""
        if is_heading:
            group = title if title.lower() not in ("table of contents", "summary") else ""
        elif depth:
            above = [*above[: depth - 1], title]
            shelves = [one for one in (*reversed(above[:-1]), group) if one]
            if link and "://" not in href:
                places.setdefault(normpath(_plain(href)), _Place(title, (*shelves, title)))
    return places


def _plain(href: str) -> str:
    return unquote(href.partition("#")[0])


def _redirects(settings: dict[str, Any]) -> dict[str, list[str]]:
    """Old paths by the page that they lead to."""
    said = settings.get("redirects")
    found: dict[str, list[str]] = {}
    for old, page in said.items() if isinstance(said, dict) else ():
        if isinstance(page, str):
            found.setdefault(normpath(page.strip("/ ")), []).append("/" + str(old).strip("/ "))
    return found


def _arrival(
    page: str,
    content: bytes,
    language: str,
    top: str,
    places: dict[str, _Place],
    pages: dict[str, str],
    old: dict[str, list[str]],
    tree: Tree,
) -> Arrival:
    told, luggage = Told(), Luggage()
    text = require_readable(content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n"))
    front = _front(text, told)
    place = places.get(page, _Place("", ()))
    if page not in places:
        told.add("SUMMARY.md does not name this page.")
    title, body = title_and_rest(FRONT.sub("", text, count=1), place.title or PurePosixPath(page).stem)

    def target(address: str) -> str:
        here = PurePosixPath(page).parent.as_posix()
        return normpath(f"{here}/{address.partition('#')[0].partition('?')[0]}")

    def file_of(address: str) -> str:
        found = tree.files.get(normpath(top + target(address)))
        if found is None:
            told.add(f"A file is not in the export: {address[:100]}.")
            return ""
        return FILE + luggage.name(PurePosixPath(address).name, found)

    def link_of(address: str) -> str:
        if "://" in address or address.startswith(("mailto:", "#")):
            return address
        wanted = target(address)
        found = next((one for one in (wanted, f"{wanted}.md", f"{wanted}/README.md") if one in pages), "")
        return link_to(found) if found else file_of(address)

    body = apart_from_code(
        body, lambda words: rewritten(_blocks(words, told), link_of=link_of, picture_of=file_of, told=told)
    )
    if len(steps_of(body)) >= FEWEST_STEPS:
        told.add(RUNBOOK)
    paths = [_address(page), *old.get(page, ())]
    said = front["description"] if isinstance(front.get("description"), str) else ""
    tags = front["tags"] if isinstance(front.get("tags"), list) else []
    return Arrival(
        external_id=page,
        texts=(ArrivedText(language, title, body, summary=said.strip()[:300]),),
        shelves=place.shelves,
        tags=tuple(one for one in tags if isinstance(one, str)),
        files=luggage.files,
        old_paths=tuple((path, language) for path in paths if path != "/"),
        notes=tuple(told.notes),
    )


def _front(text: str, told: Told) -> dict[str, Any]:
    found = FRONT.match(text)
    try:
        said = yaml.safe_load(found[1]) if found else {}
    except (yaml.YAMLError, ValueError) as error:
        told.add(f"What stands between the lines of dashes is no YAML: {str(error)[:100]}.")
        return {}
    return said if isinstance(said, dict) else {}


def _address(page: str) -> str:
    """Where GitBook shows a page."""
    plain = page.removesuffix(".md")
    return "/" + (plain.removesuffix("README").strip("/") if plain.endswith("README") else plain)


def _blocks(text: str, told: Told) -> str:
    """GitBook's blocks as plain Markdown; one that has no likeness goes and is named, its inside stays."""

    def hint(match: re.Match[str]) -> str:
        word = HINTS.get(_set(match, "style"), "Note")
        lines = f"**{word}:** {match['inside'].strip()}".split("\n")
        return "\n" + "\n".join(f"> {line}".rstrip() for line in lines) + "\n"

    def titled(match: re.Match[str]) -> str:
        title = _set(match, "title")
        return f"\n**{title}**\n\n{match['inside'].strip()}\n" if title else f"\n{match['inside'].strip()}\n"

    def stands_for(match: re.Match[str]) -> str:
        address = _set(match, "url") or _set(match, "src")
        words = (match["inside"] or "").strip() or (
            "Video" if match["kind"] == "embed" else PurePosixPath(address).name
        )
        return f"\n[{words}](<{address}>)\n"

    for pattern, change in ((HINT, hint), (CODE, titled), (TAB, titled), (STANDS_FOR, stands_for)):
        text = pattern.sub(change, text)
    text = KEPT_INSIDE.sub("", text)
    for name in dict.fromkeys(found.removeprefix("end") for found in OTHER.findall(text)):
        told.add(f"Dropped the block {{% {name} %}}: there is nothing like it here. What it held stays.")
    return OTHER.sub("", text)


def _set(match: re.Match[str], name: str) -> str:
    return dict(SETTING.findall(match["told"])).get(name, "").strip()
