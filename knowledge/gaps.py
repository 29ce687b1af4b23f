"""Gaps: questions of one meaning that no article answers, those that led to tickets first; and when one is closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Aggregate, CharField, Count, F, Func, Q, QuerySet
from django.db.models.expressions import RawSQL

from knowledge.models import Assignment, AssignmentKind, SearchQuery

WINDOW = timedelta(days=90)
# Knowledge anchor §6, 5: a gap closes only when the question finds and satisfies.
SEARCHES, CLICKED = 5, 0.6
SETTLED = timedelta(minutes=30)  # nobody writes to us later than this because of a search


# The lexemes of some words in their language, sorted: what two questions of one meaning have in common.
STEMS = (
    "array_to_string(tsvector_to_array(to_tsvector(public.knowledge_rules({language}),"
    " public.knowledge_fold({language}, {words}))), ' ')"
)
OF_QUESTION = STEMS.format(language="knowledge_searchquery.language", words="knowledge_searchquery.words")


class MostFrequent(Aggregate):
    """What most rows of a group say."""

    template = "mode() WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = CharField()


def by_meaning(questions: QuerySet[SearchQuery]) -> QuerySet[Any]:
    """Questions in groups of one language and meaning, each with its most frequent wording."""
    return (
        questions.annotate(stems=RawSQL(OF_QUESTION, []))
        .exclude(stems="")
        .values("language", "stems")
        .annotate(question=MostFrequent(Func(F("words"), function="lower")), asked=Count("id"))
        .order_by()
    )


def gaps(at: datetime, *, most: int = 100) -> list[dict[str, Any]]:
    """Questions that mostly found nothing, guesses only, or nothing anybody read; tickets that followed weigh most.

    Each with ``question``, ``language``, ``stems``, ``asked``, ``nothing``, ``unanswered``, ``wrote``, and the open
    ``assignment`` of it or None. Source: handbook 'search_analytics' identify_gaps.
    """
    unanswered = Q(found=0) | Q(is_guess=True) | Q(read=None)
    rows: Any = (
        by_meaning(SearchQuery.objects.filter(asked_at__gt=at - WINDOW))
        .annotate(
            nothing=Count("id", filter=Q(found=0)),
            unanswered=Count("id", filter=unanswered),
            wrote=Count("id", filter=Q(led_to_ticket=True)),
        )
        .filter(unanswered__gt=F("asked") / 2)
        .order_by("-wrote", "-unanswered", "question", "language")
    )
    assigned = {(one.language, one.stems): one for one in open_gaps().select_related("owner")}
    return [{**row, "assignment": assigned.get((row["language"], row["stems"]))} for row in rows[:most]]


def open_gaps() -> QuerySet[Assignment]:
    """Those that somebody works on."""
    return Assignment.objects.filter(kind=AssignmentKind.GAP, closed_at=None)


def stems_of(words: str, language: str) -> str:
    """What ``words`` are compared by; empty when the language passes over all of them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {STEMS.format(language='%s', words='%s')}", [language, language, words])
        (found,) = cursor.fetchone()
    return str(found)


def asked_since(gap: Assignment, at: datetime) -> list[SearchQuery]:
    """The latest SEARCHES of a gap's meaning since it was assigned, of which nothing more can come; newest first."""
    settled = SearchQuery.objects.filter(
        language=gap.language, asked_at__gt=gap.opened_at, asked_at__lte=at - SETTLED
    ).annotate(stems=RawSQL(OF_QUESTION, []))
    return list(settled.filter(stems=gap.stems).order_by("-asked_at", "-id")[:SEARCHES])


def is_answered(gap: Assignment, at: datetime) -> bool:
    """Whether the latest five were answered: 60 % and more read something, and none of them wrote to us."""
    searches = asked_since(gap, at)
    if len(searches) < SEARCHES or any(one.led_to_ticket for one in searches):
        return False
    return sum(one.read_id is not None for one in searches) >= CLICKED * SEARCHES
