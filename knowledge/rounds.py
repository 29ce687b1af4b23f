"""The monthly round of feedback: one waits at a time, and lists what is not worked in yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from knowledge.models import Assignment, AssignmentDeadline, AssignmentKind, Feedback, FeedbackState

EVERY = timedelta(days=30)  # handbook 'user_feedback_integration': monthly


def begin_round(*, at: datetime) -> None:
    """Begin the round that is due in a month, unless one runs already."""
    if Assignment.objects.filter(kind=AssignmentKind.FEEDBACK_ROUND, closed_at=None).exists():
        return
    try:
        with transaction.atomic():
            begun = Assignment.objects.create(kind=AssignmentKind.FEEDBACK_ROUND, opened_at=at)
    except IntegrityError:  # somebody else began it in the same moment
        return
    AssignmentDeadline(
        assignment=begun, kind=AssignmentDeadline.DUE, target=EVERY, policy_source="user_feedback_integration monthly"
    ).start(at).save()


def not_worked_in(before: datetime | None = None) -> QuerySet[Feedback]:
    """What waits for an answer, and what was promised a change that nobody has begun; oldest first."""
    waits = Q(state=FeedbackState.WAITING) | Q(state=FeedbackState.PLANNED, caused=None)
    waits |= Q(state=FeedbackState.PLANNED, caused__state="discarded")
    found = Feedback.objects.filter(waits).order_by("pk")
    return found.filter(received_at__lte=before) if before else found
