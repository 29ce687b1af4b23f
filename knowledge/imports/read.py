"""The kinds of export that can be read, each by its own file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from financy_support.desk.errors import Invalid
from financy_support.desk.people.language import Language
from knowledge.imports.arrival import Arrival, Unreadable
from knowledge.imports.gitbook import read_gitbook
from knowledge.imports.notion import read_notion
from knowledge.imports.tree import tree_of
from knowledge.imports.zendesk import read_zendesk
from knowledge.models import ImportSource


def read_export(source: str, path: Path, *, language: str = Language.ENGLISH.value) -> list[Arrival | Unreadable]:
    """What an export holds, item by item.

    Parameters: ``language`` is that of pages which do not say theirs (GitBook, Notion).
    Raises Invalid naming the field, for a source or language that is none, and for a file that cannot be trusted.
    """
    if source not in ImportSource.values:
        raise Invalid(f"Choose one of {', '.join(ImportSource.values)}.", field="source", code="unknown")
    if language not in Language.values:
        raise Invalid("Choose en, pt or es.", field="language", code="unknown")
    tree = tree_of(path)
    readers = {
        ImportSource.ZENDESK: lambda: read_zendesk(tree),
        ImportSource.GITBOOK: lambda: read_gitbook(tree, language=language),
        ImportSource.NOTION: lambda: read_notion(tree, language=language),
    }
    found: Iterator[Arrival | Unreadable] = readers[ImportSource(source)]()
    return list(found)
