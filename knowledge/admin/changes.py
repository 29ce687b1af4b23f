"""What differs between two wordings, line by line, for whoever signs the second."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def changed_lines(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, str]]:
    """The lines that differ, each with '+', '-' or ' ' for its kind, with two lines around."""
    lines = list(difflib.unified_diff(before, after, n=2, lineterm=""))
    return [(line[0], line[1:]) for line in lines[2:] if not line.startswith("@@")]
