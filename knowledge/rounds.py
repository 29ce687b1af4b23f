"""The monthly round of feedback: one waits at a time, and lists what is not worked in yet."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from knowledge.models import Assignment, AssignmentDeadline, AssignmentKind, Feedback, FeedbackState
from knowledge.practices import span_of


def begin_round(*, at: datetime) -> None:
    """Begin the next round, unless one runs already. Source: handbook 'user_feedback_integration': monthly."""
    if Assignment.objects.filter(kind=AssignmentKind.FEEDBACK_ROUND, closed_at=None).exists():
        return
    try:
        with transaction.atomic():
            begun = Assignment.objects.create(kind=AssignmentKind.FEEDBACK_ROUND, opened_at=at)
    except IntegrityError:  # somebody else began it in the same moment
        return
    every = span_of("maintenance_process", "user_feedback_integration")
    AssignmentDeadline(
        assignment=begun, kind=AssignmentDeadline.DUE, target=every, policy_source="user_feedback_integration monthly"
    ).start(at).save()


def not_worked_in(before: datetime | None = None) -> QuerySet[Feedback]:
    """What waits for an answer, and what was promised a change that nobody has begun; oldest first."""
    waits = Q(state=FeedbackState.WAITING) | Q(state=FeedbackState.PLANNED, caused=None)
    waits |= Q(state=FeedbackState.PLANNED, caused__state__in=("discarded", "superseded"))
    found = Feedback.objects.filter(waits).order_by("pk")
    return found.filter(received_at__lte=before) if before else found
