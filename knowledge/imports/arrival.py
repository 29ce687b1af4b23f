"""Arrival: one article of another knowledge base in one neutral shape, or why it could not be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import quote

from knowledge.files import stable_name

# Links between articles that come together, until each has its code here: import:<its id there>.
ARRIVING = "import:"
LONGEST_TEXT = 1_000_000  # characters, as it comes; as Markdown it must fit into an article


@dataclass(frozen=True)
class ArrivedText:
    """Its words in one language, as Markdown. What the source does not know stays empty."""

    language: str
    title: str
    body: str
    summary: str = ""
    keywords: str = ""


@dataclass(frozen=True)
class Arrival:
    """``external_id`` is stable there; ``code`` is known when it was exported from here.

    ``shelves`` are names of its place there, the nearest first. ``files`` by the name that its words use.
    ``old_paths`` are its addresses there, each with the language it was read in. ``notes`` say what was left out.
    """

    external_id: str
    texts: tuple[ArrivedText, ...]
    code: str = ""
    shelves: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    audience: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    old_paths: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return self.texts[0].title if self.texts else self.external_id


@dataclass(frozen=True)
class Unreadable:
    """One item that could not be read, and what to do about it; the others come in."""

    external_id: str
    reason: str


def link_to(external_id: str) -> str:
    """The address of an item that comes along, as words hold it until :func:`knowledge.workflow.import_articles`."""
    return ARRIVING + quote(external_id, safe="")


def read_each(external_id: str, read: Callable[[], Arrival]) -> Arrival | Unreadable:
    """One item; whatever is wrong inside it is its own reason and stops no other."""
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return Unreadable(external_id, f"It cannot be read: {type(error).__name__}: {str(error)[:200]}.")
    except RecursionError:
        return Unreadable(external_id, "It is nested too deep to be read. Make its lists and tables flatter.")


def require_readable(text: str) -> str:
    """The text. Raises ValueError when it is longer than any article, before it is taken apart."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{len(text):,} characters; {LONGEST_TEXT:,} are the most. Make several articles of it")
    return text


class Luggage:
    """The files that the words of one article name; two of one name are told apart by their content."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def name(self, wanted: str, content: bytes) -> str:
        """The name by which words reach it."""
        name = stable_name(wanted)
        if self.files.setdefault(name, content) != content:
            name = told_apart(name, content)
            self.files[name] = content
        return name


def told_apart(name: str, content: bytes) -> str:
    """A name that no other content has."""
    stem, _, ending = name.rpartition(".")
    return stable_name(f"{stem[:60]}-{sha256(content).hexdigest()[:8]}.{ending}")
