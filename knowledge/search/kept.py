"""What editors keep for the search of a language: words that mean the same, and articles bound to certain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.models import PinnedResult, SeoKeyword, Synonym
from knowledge.search.asked import MOST_WORDS, WORD, bare, clean

KEYWORD, PINNED = 5.0, 10.0  # what a bound article is worth; pinned ones stand before the handbook's keywords


@dataclass(frozen=True)
class Kept:
    """``same``: groups of words; ``bound``: phrase without accents → number of an article → what that is worth."""

    same: list[tuple[str, ...]] = field(default_factory=list)
    bound: Mapping[str, Mapping[int, float]] = field(default_factory=dict)

    def promoted(self, phrase: str) -> Mapping[int, float]:
        """Articles that were bound to just these words."""
        return self.bound.get(key(phrase), {})


def kept(language: str) -> Kept:
    """As it is now."""
    rows = Synonym.objects.filter(language=language).values_list("words", flat=True)
    bound: dict[str, dict[int, float]] = {}
    for phrase, article in SeoKeyword.objects.values_list("phrase", "article_id"):
        bound.setdefault(key(phrase), {})[article] = KEYWORD
    for words, article in PinnedResult.objects.filter(language=language).values_list("words", "article_id"):
        bound.setdefault(key(words), {})[article] = PINNED
    return Kept([group_of(words) for words in rows], bound)


def group_of(words: str) -> tuple[str, ...]:
    """The words of one row, which stand with ``|`` between."""
    return tuple(clean(word) for word in words.split("|") if word.strip())


def key(phrase: str) -> str:
    """How a phrase is compared: its words as a search reads them, without accents."""
    return bare(" ".join(WORD.findall(clean(phrase))[:MOST_WORDS]))
