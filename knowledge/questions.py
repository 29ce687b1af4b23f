"""What a visitor asked lately, and for how long anybody may know whose question it was."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from knowledge.models import Feedback, SearchQuery
from knowledge.visitors import PLACE

ONE_QUESTION, ONE_NEED = timedelta(seconds=30), timedelta(minutes=30)
WHOSE_FOR, KEPT_FOR = timedelta(days=1), timedelta(days=400)


def asked_lately(visitor: str, *, within: timedelta, at: datetime) -> QuerySet[SearchQuery]:
    """The questions of one visitor in the time before ``at``, newest first."""
    if not visitor:
        return SearchQuery.objects.none()
    return SearchQuery.objects.filter(visitor=visitor, asked_at__gt=at - within, asked_at__lte=at)


def asked_near(visitor: str, *, within: timedelta, at: datetime) -> QuerySet[SearchQuery]:
    """The questions from the address of a visitor, whatever browser asked."""
    if not visitor:
        return SearchQuery.objects.none()
    return SearchQuery.objects.filter(visitor__startswith=visitor[:PLACE], asked_at__gt=at - within, asked_at__lte=at)


def forget_questions(at: datetime) -> None:
    """Whose question or feedback it was goes after a day, the question itself after 400 days."""
    Feedback.objects.filter(received_at__lt=at - WHOSE_FOR).exclude(visitor="").update(visitor="")
    SearchQuery.objects.filter(asked_at__lt=at - WHOSE_FOR).exclude(visitor="").update(visitor="")
    SearchQuery.objects.filter(asked_at__lt=at - KEPT_FOR).delete()
