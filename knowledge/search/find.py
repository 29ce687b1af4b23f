"""find: the articles that answer somebody's words, best first, and nothing of those that they may not read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import log1p
from typing import Any

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.html import escape
from django.utils.safestring import SafeString

from knowledge.models import Tally, Translation
from knowledge.search.asked import LONGEST, Asked, read
from knowledge.search.kept import Kept, kept
from knowledge.search.typos import mended

__all__ = ["LONGEST", "Found", "Hit", "find"]

CANDIDATES = 150  # of each way in; ranking costs a look at each
HEADLINE = "MaxFragments=2, MaxWords=22, MinWords=8, StartSel=\x02, StopSel=\x03, FragmentDelimiter=\x04"
RULES = "public.knowledge_rules(%s)"
PARSE = f"""
    SELECT place, coalesce(nullif(phraseto_tsquery({RULES}, public.knowledge_fold(%s, words))::text, ''),
        nullif(phraseto_tsquery('simple', words)::text, ''))
    FROM unnest(%s::int[], %s::text[]) AS asked(place, words)
"""
# What a match is worth: in the text, the summary, the keywords, the title; then all words, an overdue article.
WORTH = "{0.15, 0.45, 0.9, 1.0}"
COVERAGE, ALL_IN_HEAD, OVERDUE = 2.0, 0.8, 0.7
TALLY, MANY_READS, MOST_READ = ("tally__reads", "tally__helpful", "tally__votes"), 1000, 500


@dataclass(frozen=True)
class Hit:
    """One article found; ``snippet`` are its words around those asked for, made for what is shown only, as safe HTML
    in which they are marked.
    """

    translation_id: int
    title: str
    slug: str
    summary: str
    score: float
    snippet: str = ""


@dataclass(frozen=True)
class Found:
    """``is_guess``: no article has all the words. ``total`` counts candidates, CANDIDATES and more being many."""

    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    has_more: bool = False
    is_guess: bool = False
    did_you_mean: str = ""


def find(
    words: str,
    language: str,
    *,
    reader: Any,
    at: datetime,
    tag: str = "",
    category: str = "",
    limit: int = 10,
    offset: int = 0,
    by: Kept | None = None,
) -> Found:
    """Articles of ``language`` that answer ``words``, best first, ``limit`` from ``offset`` on.

    Whatever ``words`` are, nothing is raised; more than LONGEST characters are cut. ``reader`` decides what exists
    (None: the public), ``by`` is what editors keep (None: as it is now). When few have them, words that look mistyped
    are mended; when none has them all, those with most of them are given as guesses.
    Source: handbook 'search_functionality'; design §7 'Search'; knowledge anchor §2.
    """
    by = kept(language) if by is None else by
    asked = read(words, language, by.same)
    readable = Translation.objects.visible_to(reader).filter(language=language)
    if tag:
        readable = readable.filter(article__tagged__tag__slug=tag)
    if category:
        readable = readable.filter(article__category__slug=category)
    ranked = _rank(asked, readable, by, at)
    meant = ""
    if not any(one.has_all for one in ranked):
        meant = mended(asked, readable)
        if meant:
            again = _rank(read(meant, language, by.same), readable, by, at)
            ranked = again if len(again) >= len(ranked) or not ranked else ranked
            asked = read(meant, language, by.same) if ranked is again else asked
    shown = ranked[offset : offset + limit]
    return Found(
        hits=_with_snippets(shown, asked),
        total=len(ranked),
        has_more=len(ranked) > offset + limit,
        is_guess=bool(ranked) and not ranked[0].has_all,
        did_you_mean=meant,
    )


@dataclass(frozen=True)
class _Ranked:
    id: int
    score: float
    has_all: bool


def _rank(asked: Asked, readable: QuerySet[Any], by: Kept, at: datetime) -> list[_Ranked]:
    parts = _parse(asked)
    if not parts:
        return []
    anything, everything = " | ".join(parts), " & ".join(parts)
    ids: set[int] = set()
    ways = (("head", everything), ("vector", everything), ("head", anything), ("vector", anything))
    for column, query in dict.fromkeys(ways):  # the best ways first, until there are enough to rank
        if len(ids) < CANDIDATES:
            ids.update(_matching(readable, column, query))
    if len(ids) >= CANDIDATES:  # the best of so many may not be among them: those that most people read are
        most_read = Tally.objects.order_by("-reads").values("translation")[:MOST_READ]
        ids.update(_matching(readable.filter(pk__in=most_read), "vector", anything))
    promoted = by.promoted(" ".join(part[0] for part in asked.parts))
    if promoted:
        ids.update(readable.filter(article__in=promoted).values_list("pk", flat=True))
    met = "ARRAY[" + ", ".join(["vector @@ %s::tsquery"] * len(parts)) + "]"
    found = (
        Translation.objects.filter(pk__in=ids)
        .annotate(
            worth=RawSQL("ts_rank(%s::float4[], vector, %s::tsquery)", [WORTH, anything]),
            met=RawSQL(met, parts),
            in_head=RawSQL("head @@ %s::tsquery", [everything]),
        )
        .values_list("pk", "worth", "met", "in_head", "article_id", "article__review_due_at", *TALLY)
    )
    rows = list(found)
    weights = _weights([row[2] for row in rows], len(parts))
    ranked = []
    for pk, worth, which, in_head, article_id, due_at, *tally in rows:
        coverage = sum(weight for weight, is_met in zip(weights, which, strict=True) if is_met)
        score = worth + COVERAGE * coverage + (ALL_IN_HEAD if in_head else 0)
        score *= _liked(*tally) * (OVERDUE if due_at and due_at < at else 1)
        score += promoted.get(article_id, 0)
        ranked.append(_Ranked(pk, score, all(which) or article_id in promoted))
    return sorted(ranked, key=lambda one: (-one.score, one.id))


def _parse(asked: Asked) -> list[str]:
    """A query for each part, its alternatives joined by or; parts that the language passes over are left out."""
    places = [place for place, part in enumerate(asked.parts) for _ in part]
    words = [one for part in asked.parts for one in part]
    if not words:
        return []
    with connection.cursor() as cursor:
        cursor.execute(PARSE, [asked.language, asked.language, places, words])
        found: dict[int, list[str]] = {}
        for place, query in cursor.fetchall():
            if query:
                found.setdefault(place, []).append(f"({query})")
    return [f"({' | '.join(dict.fromkeys(queries))})" for _, queries in sorted(found.items())]


def _matching(readable: QuerySet[Any], column: str, query: str) -> Iterable[int]:
    matches = RawSQL(f"knowledge_translation.{column} @@ %s::tsquery", [query], BooleanField())
    return readable.filter(matches).order_by().values_list("pk", flat=True)[:CANDIDATES]  # any order: no sort of all


def _weights(met: Sequence[Sequence[bool]], parts: int) -> list[float]:
    """What each part counts, together one: rare words tell more than those that most candidates have."""
    rarity = [1 / (1 + sum(row[part] for row in met) / max(len(met), 1) * 2) for part in range(parts)]
    return [one / sum(rarity) for one in rarity]


def _liked(reads: int | None, helpful: int | None, votes: int | None) -> float:
    """Between 0.9 and 1.2: what many read and few disliked stands before its equals, not before what fits better.

    Few votes say little: each article begins with five for it and five against.
    """
    popular = min(log1p(reads or 0) / log1p(MANY_READS), 1)
    return 0.9 + 0.1 * popular + 0.2 * ((helpful or 0) + 5) / ((votes or 0) + 10)


def _with_snippets(shown: Sequence[_Ranked], asked: Asked) -> list[Hit]:
    if not shown:
        return []
    query = " | ".join(_parse(asked))
    rows = {
        pk: (title, slug, summary, snippet)
        for pk, title, slug, summary, snippet in Translation.objects.filter(pk__in=[one.id for one in shown])
        .annotate(snippet=RawSQL(f"ts_headline({RULES}, plain, %s::tsquery, %s)", [asked.language, query, HEADLINE]))
        .values_list("pk", "title", "slug", "summary", "snippet")
    }
    return [Hit(one.id, *rows[one.id][:3], score=one.score, snippet=_marked(rows[one.id][3])) for one in shown]


def _marked(headline: str) -> SafeString:
    """PostgreSQL's headline as HTML; where a text itself holds its signs, marks are missing or too many, no more."""
    html: str = escape(" ".join(headline.split()))
    for sign, tag in (("\x02", "<mark>"), ("\x03", "</mark>"), ("\x04", " … ")):
        html = html.replace(sign, tag)
    return SafeString(html)
