"""The first hits answer: nDCG@10 over the frozen questions, and the words that must lead where the handbook says."""

from __future__ import annotations

import pytest

from knowledge.models import SeoKeyword, Translation
from knowledge.search.find import find
from tests.conftest import NOON
from tests.knowledge.relevance_table import scores

FLOOR = 0.85


def first(words: str, language: str) -> str:
    hits = find(words, language, reader=None, at=NOON).hits
    return Translation.objects.get(pk=hits[0].translation_id).article.code if hits else ""


@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_the_first_ten_are_the_right_ones_in_the_right_order(db, language):
    told = {name: scores(language, name) for name in ("tuning", "holdout")}
    means = {name: sum(found.values()) / len(found) for name, found in told.items()}
    together = [one for found in told.values() for one in found.values()]
    worst = sorted((score, words) for found in told.values() for words, score in found.items())[:12]
    print(f"\n{language}: nDCG@10 {sum(together) / len(together):.3f} of {len(together)},", end=" ")
    print(", ".join(f"{name} {mean:.3f}" for name, mean in means.items()), *worst, sep="\n   ")
    assert sum(together) / len(together) >= FLOOR


def test_each_seo_keyword_finds_its_article_first(db):
    for keyword in SeoKeyword.objects.select_related("article"):
        assert first(keyword.phrase, "en") == keyword.article.code


def test_the_brazilian_without_accents_is_answered_first(db):
    assert first("transacoes nao aparecem", "pt") == "data-sync-problems"
