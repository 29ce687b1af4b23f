"""Checks of the words people hand in: there, not too long, storable."""

from __future__ import annotations

from financy_support.desk.errors import Invalid


def require_words(text: str, *, field: str, longest: int) -> str:
    """``text`` without outer blanks. Raises Invalid when empty, longer than ``longest`` characters or holding NUL."""
    words = text.strip()
    if not words:
        raise Invalid(f"“{field}” is empty: write something.", field=field, code="empty")
    if len(words) > longest:
        raise Invalid(
            f"“{field}” has {len(words):,} characters; {longest:,} is the most.", field=field, code="too_long"
        )
    if "\x00" in words:
        raise Invalid(f"“{field}” holds a NUL character: remove it.", field=field, code="nul")
    return words
