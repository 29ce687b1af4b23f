"""What readers do: from the question to the article to the ticket, by language and week; and which articles help."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Q
from django.db.models.functions import TruncWeek

from knowledge.models import SearchQuery, Translation, Vote

WEEKS, WINDOW, FEWEST, SHOWN = 12, timedelta(days=90), 10, 10
STEPS = {
    "asked": Count("id"),
    "found": Count("id", filter=Q(found__gt=0, is_guess=False)),
    "read": Count("id", filter=Q(read__isnull=False)),
    "helped": Count("id", filter=Q(read__isnull=False, led_to_ticket=False)),
    "wrote": Count("id", filter=Q(led_to_ticket=True)),
}
COUNTS = {f"times_{step}": counted for step, counted in STEPS.items()}  # no name of a column


@dataclass(frozen=True)
class Funnel:
    """Of ``asked`` questions: found all their words, led to an article, and to no ticket; ``wrote`` led to one."""

    language: str
    asked: int
    found: int
    read: int
    helped: int
    wrote: int

    def percent(self, step: str) -> int:
        """A step as part of all questions."""
        return round(100 * int(getattr(self, step)) / self.asked) if self.asked else 0


def funnels(at: datetime) -> list[Funnel]:
    """One a language, of the last 90 days. Source: handbook 'user_behavior_analysis'."""
    rows = _asked(at - WINDOW, at).values("language").annotate(**COUNTS).order_by("language")
    return [Funnel(row["language"], **_steps_of(row)) for row in rows]


def weeks(at: datetime) -> list[dict[str, Any]]:
    """``week`` (its Monday) with asked, read and wrote, oldest first; a week in which nobody asked is there as well."""
    at = at.astimezone(UTC)
    monday = (at - timedelta(days=at.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    first = monday - timedelta(weeks=WEEKS - 1)
    counted = _asked(first, at).annotate(week=TruncWeek("asked_at", tzinfo=UTC)).values("week")
    rows = {row["week"]: _steps_of(row) for row in counted.annotate(**COUNTS).order_by("week")}
    nothing = dict.fromkeys(STEPS, 0)
    every = (first + timedelta(weeks=number) for number in range(WEEKS))
    return [{**nothing, **rows.get(week, {}), "week": week} for week in every]


def articles_that(at: datetime, *, help_least: bool) -> list[dict[str, Any]]:
    """Translations that FEWEST readers and more came to by a search, those first after which most (or fewest) wrote.

    ``title``, ``language``, ``pk``, ``read``, ``wrote``, ``percent`` of those who did not write.
    """
    rows = (
        _asked(at - WINDOW, at).filter(read__isnull=False).values("read", "read__title", "read__language")
        .annotate(times=Count("id"), wrote=Count("id", filter=Q(led_to_ticket=True))).filter(times__gte=FEWEST)
    )  # fmt: skip
    shown = [
        {
            "pk": row["read"],
            "title": row["read__title"],
            "language": row["read__language"],
            "read": row["times"],
            "wrote": row["wrote"],
            "percent": round(100 * (row["times"] - row["wrote"]) / row["times"]),
        }
        for row in rows
    ]
    sign = 1 if help_least else -1
    return sorted(shown, key=lambda one: (sign * one["percent"], -one["read"], one["pk"]))[:SHOWN]


def opinions() -> list[dict[str, Any]]:
    """By language, of what is shown now: how many voted, how many percent were helped, the mean of the stars."""
    shown = Translation.objects.filter(current__isnull=False).values("current")
    rows = (
        Vote.objects.filter(revision__in=shown).values("revision__translation__language")
        .annotate(
            votes=Count("is_helpful"), helped=Count("pk", filter=Q(is_helpful=True)), mean=Avg("stars"),
            rated=Count("stars"),
        ).order_by("revision__translation__language")
    )  # fmt: skip
    return [
        {
            "language": row["revision__translation__language"],
            "votes": row["votes"],
            "percent": round(100 * row["helped"] / row["votes"]) if row["votes"] else None,
            "stars": row["mean"],
            "rated": row["rated"],
        }
        for row in rows
    ]


def _steps_of(row: dict[str, Any]) -> dict[str, int]:
    return {step: row[f"times_{step}"] for step in STEPS}


def _asked(since: datetime, until: datetime) -> Any:
    return SearchQuery.objects.filter(asked_at__gt=since, asked_at__lte=until).order_by()
