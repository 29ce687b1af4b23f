"""Whether a revision made an article better: what readers thought and did before and after, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import NormalDist, fmean, stdev

from django.db.models import Count, Q

from knowledge.models import Revision, RevisionState, SearchQuery, Vote

WINDOW, FEWEST = timedelta(days=28), 20
Z = NormalDist().inv_cdf(0.975)  # 95 % of such intervals hold the true value


@dataclass(frozen=True)
class Figure:
    """``value`` of ``sample`` readers lies between ``low`` and ``high`` with 95 % certainty; None of nobody."""

    value: float | None
    low: float
    high: float
    sample: int

    @property
    def is_enough(self) -> bool:
        return self.sample >= FEWEST


@dataclass(frozen=True)
class Comparison:
    """One figure before and after; ``verdict`` is better, worse, no_difference or too_little_data."""

    name: str
    before: Figure
    after: Figure
    most: float

    @property
    def verdict(self) -> str:
        if not (self.before.is_enough and self.after.is_enough):
            return "too_little_data"
        if self.after.low > self.before.high:
            return "better"
        return "worse" if self.after.high < self.before.low else "no_difference"


def impact_of(revision: Revision, at: datetime) -> list[Comparison]:
    """Helpful votes, stars, and searches that led here and to no ticket; empty for what readers never saw.

    Votes are those on this revision and on the one it replaced; searches those of as many days before and after its
    publication, 28 at most. Source: handbook 'impact_measurement' before_after_metrics.
    """
    published = revision.published_at
    if published is None:
        return []
    days = min(WINDOW, max(at - published, timedelta()))
    replaced = (
        Revision.objects.filter(translation=revision.translation_id, published_at__lt=published)
        .exclude(state=RevisionState.DISCARDED)
        .order_by("-published_at", "-number")
        .first()
    )
    (helped, stars), (had_helped, had_stars) = _votes(revision), _votes(replaced)
    return [
        Comparison("helpful", had_helped, helped, 1),
        Comparison("stars", had_stars, stars, 5),
        Comparison(
            "no_ticket", _searches(revision, published - days, published),
            _searches(revision, published, published + days), 1,
        ),
    ]  # fmt: skip


def share(good: int, sample: int) -> Figure:
    """Wilson's interval of a share, which holds for few and for extreme ones too."""
    if not sample:
        return Figure(None, 0, 1, 0)
    part, square = good / sample, Z * Z / sample
    middle, half = part + square / 2, Z * sqrt(part * (1 - part) / sample + square / (4 * sample))
    return Figure(part, max((middle - half) / (1 + square), 0), min((middle + half) / (1 + square), 1), sample)


def mean(stars: list[int]) -> Figure:
    """The mean of one to five stars."""
    if not stars:
        return Figure(None, 1, 5, 0)
    middle = fmean(stars)
    half = Z * stdev(stars) / sqrt(len(stars)) if len(stars) > 1 else 4
    return Figure(middle, max(middle - half, 1), min(middle + half, 5), len(stars))


def _votes(revision: Revision | None) -> tuple[Figure, Figure]:
    votes = Vote.objects.filter(revision=revision) if revision else Vote.objects.none()
    counted = votes.aggregate(
        good=Count("pk", filter=Q(is_helpful=True)), sample=Count("pk", filter=Q(is_helpful__isnull=False))
    )
    given = [stars for stars in votes.values_list("stars", flat=True) if stars is not None]
    return share(counted["good"], counted["sample"]), mean(given)


def _searches(revision: Revision, start: datetime, end: datetime) -> Figure:
    read = SearchQuery.objects.filter(read=revision.translation_id, asked_at__gte=start, asked_at__lt=end)
    counted = read.aggregate(good=Count("pk", filter=Q(led_to_ticket=False)), sample=Count("pk"))
    return share(counted["good"], counted["sample"])
