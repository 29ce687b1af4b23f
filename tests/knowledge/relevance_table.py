"""How good the search is, by a frozen list of questions: nDCG@10 a language, and the questions that fare worst.

`python -m pytest tests/knowledge/test_relevance.py -s` prints the table.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from math import log2
from pathlib import Path

from knowledge.models import Translation
from knowledge.search.find import find
from tests.conftest import NOON

HERE = Path(__file__).parent / "relevance"
Grades = dict[str, int]


def questions(language: str, only: str = "") -> dict[str, Grades]:
    """Each question with the grades of the articles that answer it (3), help (2) or are related (1)."""
    found: dict[str, Grades] = defaultdict(dict)
    with (HERE / f"{language}.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if only in ("", line["set"]):
                found[line["query"]][line["article"]] = int(line["grade"])
    return dict(found)


def ndcg(found: list[str], grades: Grades) -> float:
    """Normalised discounted cumulative gain of the first ten, gain 2^grade - 1."""

    def gain(ordered: list[int]) -> float:
        return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(ordered[:10]))

    return gain([grades.get(code, 0) for code in found]) / gain(sorted(grades.values(), reverse=True))


def scores(language: str, only: str = "") -> dict[str, float]:
    """nDCG@10 of each question."""
    codes = dict(Translation.objects.filter(language=language).values_list("pk", "article__code"))
    return {
        words: ndcg([codes[hit.translation_id] for hit in find(words, language, reader=None, at=NOON).hits], grades)
        for words, grades in questions(language, only).items()
    }
