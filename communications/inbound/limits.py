"""What a mail may be before anything reads it: linear looks at bytes only (reliability M8)."""

from __future__ import annotations

import re
from typing import Final

MEBI, KIBI = 1024 * 1024, 1024
LARGEST_MAIL: Final = 25 * MEBI
LARGEST_HEAD: Final = 64 * KIBI
LARGEST_HEADER: Final = 8 * KIBI
MOST_RECIPIENTS: Final = 100
MOST_PARTS: Final = 200
DEEPEST_PARTS: Final = 20
LARGEST_HTML: Final = 256 * KIBI
DEEPEST_HTML: Final = 256

END_OF_HEAD = re.compile(rb"\r?\n\r?\n|\r\r")
START_OF_HEADER = re.compile(rb"\r?\n(?![ \t])|\r(?![\n \t])")


class PastLimit(Exception):
    """The mail is larger, longer or deeper than the desk reads; says which and by how much."""


def require_readable(content: bytes) -> None:
    """Raise PastLimit for what costs a reader more than it is worth, before a parser sees it."""
    if len(content) > LARGEST_MAIL:
        raise PastLimit(f"{len(content):,} bytes; {LARGEST_MAIL:,} is the most")
    head = head_of(content)
    if len(head) > LARGEST_HEAD:
        raise PastLimit(f"its headers have more than {LARGEST_HEAD:,} bytes")
    longest = max((len(one) for one in START_OF_HEADER.split(head)), default=0)
    if longest > LARGEST_HEADER:
        raise PastLimit(f"one header has {longest:,} bytes; {LARGEST_HEADER:,} is the most")


def body_of(content: bytes) -> bytes:
    """All below the header block, whatever its line ends: what a mail's way does not change."""
    return content[len(head_of(content)) :].replace(b"\r\n", b"\n").strip()


def head_of(content: bytes) -> bytes:
    """The header block, never more than a little over its limit."""
    start = content[: LARGEST_HEAD + 4]
    end = END_OF_HEAD.search(start)
    return start[: end.start()] if end else start
