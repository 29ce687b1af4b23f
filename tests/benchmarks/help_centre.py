"""P7: the help centre's search over 100,000 articles, for rare, common and two-word questions, in each language."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from django.db import connection

from financy_support.engines import database_now
from knowledge.search.find import find
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, within

ARTICLES, WORDS_EACH, ASKED, ROUNDS = 100_000, 250, 40, 5
P50, P99 = 25.0, 60.0  # milliseconds

# Words fall off as they do in texts: the first of a language's own are in half of all articles, the last in a handful.
ARTICLES_OF_THEIR_OWN = f"""
    ALTER TABLE knowledge_article DISABLE TRIGGER USER;
    ALTER TABLE knowledge_revision DISABLE TRIGGER USER;
    ALTER TABLE knowledge_translation DISABLE TRIGGER USER;
    INSERT INTO knowledge_article (category_id, code, audience, is_critical, position, retired_because, version)
    SELECT (SELECT min(id) FROM knowledge_category), 'bench-' || i, 'all_users', false, 0, '', 1
    FROM generate_series(1, {ARTICLES}) i
"""
FILL = """
    INSERT INTO knowledge_revision (translation_id, number, state, title, summary, keywords, body, significance,
        comment, author_id, created_at, returned_because, reviewed_digest, approved_digest, urgent_because,
        readability_override, guidelines)
    SELECT (SELECT min(id) FROM knowledge_translation), 1000 + row_number() OVER (), 'superseded', '', '', '', '', 20,
        '', 2, now(), '', '', '', '', '', '[]'
    FROM texts;
    INSERT INTO knowledge_translation (article_id, language, slug, current_id, title, summary, keywords, plain)
    SELECT t.article_id, t.language, 'bench-' || t.article_id, r.id, left(t.plain, 50), left(t.plain, 140),
        substr(t.plain, 60, 80), t.plain
    FROM (SELECT *, row_number() OVER () AS n FROM texts) t
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM knowledge_revision WHERE number > 1000) r USING (n);
    ANALYZE knowledge_translation; ANALYZE knowledge_article
"""
HOW_COMMON = """
    SELECT word, nentry FROM ts_stat($$
        SELECT to_tsvector('simple', plain) FROM knowledge_translation WHERE language = '{language}' AND id %% 20 = 0
    $$) ORDER BY ndoc DESC
"""


def figures(bench: Bench) -> Iterator[Figure]:
    """On a copy of the smallest desk, filled up; each question asked once before, as a running desk has it warm."""
    database = bench.database(bench.sizes[0]).copy("articles")
    with database.owner() as owner:
        _fill(owner)
    database.enter()
    for language in ("en", "pt", "es"):
        for kind, questions in _questions(language).items():
            for words in questions:
                _ask(words, language)
            took = sorted(_ask(words, language) for _ in range(ROUNDS) for words in questions)
            yield within(f"P7.{kind}.{language}.p50", took[len(took) // 2], "ms", P50)
            yield within(f"P7.{kind}.{language}.p99", took[-(len(took) // 100) - 1], "ms", P99)


def _fill(owner: psycopg.Connection[Any]) -> None:
    """Each language's own words, falling off as they do in texts."""
    owner.execute(ARTICLES_OF_THEIR_OWN)  # type: ignore[arg-type]
    owner.execute("CREATE TEMP TABLE texts (article_id bigint, language text, plain text)")
    words: dict[str, list[str]] = {}
    for language, word in owner.execute("SELECT language, word FROM knowledge_word ORDER BY md5(word)"):
        words.setdefault(language, []).append(word)
    heavy = {language: [1 / (place + 2) for place in range(len(known))] for language, known in words.items()}
    dice = random.Random(7)
    numbers = [number for (number,) in owner.execute("SELECT id FROM knowledge_article WHERE code LIKE 'bench-%'")]
    with owner.cursor() as cursor, cursor.copy("COPY texts FROM STDIN") as copy:
        for number in numbers:
            language = ("en", "pt", "es")[number % 3]
            said = dice.choices(words[language], heavy[language], k=WORDS_EACH)
            copy.write_row((number, language, " ".join(said)))
    owner.execute(FILL)  # type: ignore[arg-type]


def _questions(language: str) -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(HOW_COMMON.format(language=language).replace("%%", "%"))
        words = [word for word, _ in cursor.fetchall() if len(word) > 3]
    common, middle, rare = words[:ASKED], words[len(words) // 3 :][:ASKED], words[-ASKED:]
    pairs = [f"{one} {other}" for one, other in zip(common, middle, strict=True)]
    return {"rare": rare, "common": common, "two-words": pairs}


def _ask(words: str, language: str) -> float:
    """Milliseconds until the first ten are there, snippets and all."""
    at = database_now()
    began = time.perf_counter()
    find(words, language, reader=None, at=at)
    return (time.perf_counter() - began) * 1000
