"""Mistyped words: the nearest word that is written in an article which the reader may read."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from knowledge.search.asked import Asked, bare

SHORTEST = 4
NEAR = """
    SELECT word FROM knowledge_word
    WHERE language = %s AND length(word) BETWEEN %s AND %s AND (word %% %s OR left(word, 1) = %s)
"""
PASSED_OVER = """
    SELECT word FROM unnest(%s::text[]) word
    WHERE numnode(plainto_tsquery(public.knowledge_rules(%s), public.knowledge_fold(%s, word))) = 0
"""


def mended(asked: Asked, readable: QuerySet[Any]) -> str:
    """The words with those mended that no article has; empty when there is nothing to mend."""
    words, changed = [], False
    passed_over = _passed_over([part[0] for part in asked.parts], asked.language)
    for part in asked.parts:
        word = part[0]
        is_odd = len(part) == 1 and len(word) >= SHORTEST and word.isalpha() and word not in passed_over
        if not is_odd or _is_written(word, asked.language, readable):
            words.append(word)
            continue
        near = _nearest(word, asked.language, readable)
        words.append(near or word)
        changed |= bool(near)
    return " ".join(words) if changed else ""


def distance(one: str, other: str) -> int:
    """Damerau-Levenshtein (optimal string alignment): letters inserted, left out, wrong, or swapped with the next."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, meant in enumerate(other, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != meant))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == meant:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def _passed_over(words: list[str], language: str) -> set[str]:
    """Words such as "what", which the language's rules of search leave out: in no index, and spelled right."""
    with connection.cursor() as cursor:
        cursor.execute(PASSED_OVER, [words, language, language])
        return {word for (word,) in cursor.fetchall()}


def _nearest(word: str, language: str, readable: QuerySet[Any]) -> str:
    """One or two letters away, fewer for short words; the nearest that a readable article has."""
    allowed = 1 if len(word) <= SHORTEST else 2
    plain = bare(word)
    with connection.cursor() as cursor:
        cursor.execute(NEAR, [language, len(word) - allowed, len(word) + allowed, word, word[0]])
        near = sorted((distance(plain, bare(one)), one) for (one,) in cursor.fetchall())
    for far, one in near:
        if far > allowed:
            break
        if _is_written(one, language, readable):
            return one
    return ""


def _is_written(word: str, language: str, readable: QuerySet[Any]) -> bool:
    matches = RawSQL(
        "knowledge_translation.vector @@ plainto_tsquery(public.knowledge_rules(%s), public.knowledge_fold(%s, %s))",
        [language, language, word],
        BooleanField(),
    )
    return bool(readable.filter(matches).exists())
