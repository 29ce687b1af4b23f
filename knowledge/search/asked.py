"""What somebody asked for: their words, and for each what other readers call the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST, MOST_WORDS = 256, 24
WORD = re.compile(r"\w+(?:[-'’./]\w+)*")


@dataclass(frozen=True)
class Asked:
    """``parts`` are the words in their order, each with its alternatives: its own writing first."""

    language: str
    parts: tuple[tuple[str, ...], ...]


def read(words: str, language: str, groups: Iterable[tuple[str, ...]]) -> Asked:
    """Cut to LONGEST characters and MOST_WORDS words. ``groups`` are the synonyms of the language."""
    found = tuple(WORD.findall(clean(words))[:MOST_WORDS])
    same = _by_first_words(groups)
    parts: list[tuple[str, ...]] = []
    place = 0
    while place < len(found):
        length, others = _longest(found[place:], same)
        parts.append((" ".join(found[place : place + length]), *others))
        place += length
    return Asked(language, tuple(parts))


def clean(words: str) -> str:
    """One line of small letters, without what no text holds."""
    text = unicodedata.normalize("NFC", words.replace("\x00", " "))[:LONGEST]
    return " ".join(text.lower().split())


def bare(text: str) -> str:
    """Without accents, so that transacoes meets transações."""
    return "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))


def _by_first_words(groups: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Each phrase, accents aside, with the others of its group."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for group in groups:
        for phrase in group:
            key = tuple(bare(phrase).split())
            found[key] = found.get(key, ()) + tuple(other for other in group if other != phrase)
    return found


def _longest(words: tuple[str, ...], same: dict[tuple[str, ...], tuple[str, ...]]) -> tuple[int, tuple[str, ...]]:
    """How many words the longest known phrase at the beginning has, and what else it is called."""
    for length in range(min(4, len(words)), 0, -1):
        others = same.get(tuple(bare(word) for word in words[:length]))
        if others:
            return length, others
    return 1, ()
