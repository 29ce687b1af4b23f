"""Notion: an export as "Markdown & CSV"; a file's name ends with its page's id, a database is a table and its rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import normpath

from knowledge.imports.arrival import Arrival, ArrivedText, Luggage, Unreadable, link_to, read_each, require_readable
from knowledge.imports.foreign_markdown import apart_from_code, rewritten, title_and_rest
from knowledge.imports.html import Told
from knowledge.imports.tree import Tree
from knowledge.markdown import FILE
from knowledge.models import Audience

ID = re.compile(r"[ -]?([0-9a-f]{32})(?:_all)?$")
LINKED_ID = re.compile(r"([0-9a-f]{32})(?:[?#].*)?$")
CALLOUT = re.compile(r"<aside>(.*?)</aside>", re.DOTALL | re.IGNORECASE)
MOST_ROWS = 100  # of a database shown as a table; the whole of it is attached


def read_notion(tree: Tree, *, language: str) -> Iterator[Arrival | Unreadable]:
    """Each page and each database, for the support team alone; then what could not be read."""
    pages = {_id(name): name for name in tree.below(".md")}
    tables: dict[str, str] = {}
    for name in tree.below(".csv"):
        if name.endswith("_all.csv") or _id(name) not in tables:
            tables[_id(name)] = name
    for number, name in pages.items():
        yield read_each(number, lambda number=number, name=name: _page(number, name, language, pages, tables, tree))  # type: ignore[misc]
    for number, name in tables.items():
        if number not in pages:
            yield read_each(number, lambda number=number, name=name: _database(number, name, language, pages, tree))  # type: ignore[misc]
    yield from (Unreadable(name, reason) for name, reason in tree.broken.items())
    if not pages and not tables:
        found = "HTML" if next(tree.below(".html"), "") else "no page"
        yield Unreadable("the archive", f"It holds {found}. Export from Notion as “Markdown & CSV”.")


def _page(number: str, name: str, language: str, pages: dict[str, str], tables: dict[str, str], tree: Tree) -> Arrival:
    told, luggage = Told(), Luggage()
    text = require_readable(tree.files[name].decode("utf-8-sig", errors="replace").replace("\r\n", "\n"))
    title, body = title_and_rest(text, _bare(name))
    by_path = {path: one for known in (pages, tables) for one, path in known.items()}

    def target(address: str) -> str:
        return normpath((PurePosixPath(name).parent / address.partition("#")[0]).as_posix())

    def file_of(address: str) -> str:
        found = tree.files.get(target(address))
        if found is None:
            told.add(f"A file is not in the export: {address[:100]}.")
            return ""
        return FILE + luggage.name(PurePosixPath(address).name, found)

    def link_of(address: str) -> str:
        known = LINKED_ID.search(address) if "notion." in address else None
        if known and (known[1] in pages or known[1] in tables):
            return link_to(known[1])
        if "://" in address or address.startswith(("mailto:", "#")):
            return address
        wanted = target(address)
        found = by_path.get(wanted) or (_id(wanted) if _id(wanted) in tables else "")
        return link_to(found) if found else file_of(address)

    body = apart_from_code(
        body,
        lambda words: rewritten(CALLOUT.sub(_quote, words), link_of=link_of, picture_of=file_of, told=told),
    )
    return Arrival(
        external_id=number,
        texts=(ArrivedText(language, title, body),),
        shelves=_above(name),
        audience=Audience.SUPPORT_TEAM.value,
        files=luggage.files,
        notes=tuple(told.notes),
    )


def _database(number: str, name: str, language: str, pages: dict[str, str], tree: Tree) -> Arrival:
    told, luggage = Told(), Luggage()
    content = tree.files[name]
    csv.field_size_limit(1_000_000)
    try:
        header, *rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline="")))
    except csv.Error as error:
        raise ValueError(f"it is no CSV: {error}") from error
    kept = luggage.name(f"{_bare(name)}.csv", content)
    if len(rows) > MOST_ROWS:
        told.add(f"The table shows {MOST_ROWS} of {len(rows)} rows; the attached file has all.")
    lines = [_row(header), _row(["---"] * len(header)), *(_row(row) for row in rows[:MOST_ROWS])]
    below = name.removesuffix(".csv").removesuffix("_all")
    of_rows = [f"- [{_bare(path)}]({link_to(one)})" for one, path in pages.items() if path.startswith(f"{below}/")]
    of_rows = of_rows or [
        f"- [{_bare(path)}]({link_to(one)})"
        for one, path in pages.items()
        if PurePosixPath(path).parent.name == _bare(name)
    ]
    body = "\n".join([*lines, "", *of_rows, "", f"[{kept}]({FILE}{kept})", ""])
    return Arrival(
        external_id=number,
        texts=(ArrivedText(language, _bare(name), body),),
        shelves=_above(name),
        audience=Audience.SUPPORT_TEAM.value,
        files=luggage.files,
        notes=tuple(told.notes),
    )


def _row(values: list[str]) -> str:
    return "| " + " | ".join(" ".join(value.split()).replace("|", "\\|") for value in values) + " |"


def _quote(match: re.Match[str]) -> str:
    """A callout is a note; the picture in front of it says nothing more."""
    lines = match[1].strip().split("\n")
    if lines and len(lines[0].strip()) <= 2 and not lines[0].strip().isalnum():
        lines = "\n".join(lines[1:]).strip().split("\n")
    first = re.sub(r"\A[^\w\s\[*`]{1,2}\ufe0f?\s+", "", lines[0])
    return "\n" + "\n".join(f"> {line}".rstrip() for line in [f"**Note:** {first}", *lines[1:]]) + "\n"


def _id(name: str) -> str:
    """The page's own id; its path where the export has none."""
    found = ID.search(PurePosixPath(name).stem)
    return found[1] if found else name[-200:]


def _bare(name: str) -> str:
    return ID.sub("", PurePosixPath(name).stem).strip() or "Untitled"


def _above(name: str) -> tuple[str, ...]:
    """The pages that a page lies below, the nearest first."""
    return tuple(ID.sub("", part).strip() for part in reversed(PurePosixPath(name).parent.parts))
