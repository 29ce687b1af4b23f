"""Whether an article saves tickets: what was asked, read and written all the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from knowledge.models import Article, SearchQuery

WINDOW, FEWEST = timedelta(days=90), 10


@dataclass(frozen=True)
class Usefulness:
    """Of the last 90 days: how often a search led to the article, and how many of those readers wrote to us within half
    an hour. ``is_enough``: so many that the share says something.
    """

    read: int
    wrote: int

    @property
    def helped(self) -> int:
        """Who read and did not write: at most as many tickets were saved."""
        return self.read - self.wrote

    @property
    def is_enough(self) -> bool:
        return self.read >= FEWEST

    @property
    def percent(self) -> int:
        return round(100 * self.helped / self.read) if self.read else 0


def usefulness_of(article: Article, at: datetime) -> dict[str, Usefulness]:
    """By language."""
    rows = (
        SearchQuery.objects.filter(read__article=article, asked_at__gt=at - WINDOW)
        .values("language")
        .annotate(read_count=Count("id"), wrote=Count("id", filter=Q(led_to_ticket=True)))
    )
    return {row["language"]: Usefulness(row["read_count"], row["wrote"]) for row in rows}
