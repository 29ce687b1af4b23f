"""What happens when a duty on an article, or a train's departure, comes due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from financy_support.desk.people.user import User
from financy_support.desk.time.deadline_handlers import Passing
from knowledge.models import ArticleDeadline, AssignmentDeadline, FeedbackDeadline, TrainDeadline
from knowledge.telling import tell_answer_is_late, tell_assignment_is_late, tell_late
from knowledge.workflow.depart_train import depart_train


def look_is_too_late(deadlines: Sequence[ArticleDeadline], *, passing: Passing, by: User, at: datetime) -> None:
    """Nobody found the article true for too long: it leaves the help centre until somebody does.

    Source: handbook 'obsolete_content_removal'; knowledge anchor §6, 3.
    """
    if passing is not Passing.BREACH:
        return
    for deadline in deadlines:
        article = deadline.article
        if article.withdrawn_at is None and article.retired_at is None:
            article.withdrawn_at = at
            article.save(update_fields=["withdrawn_at"])


def duty_is_late(deadlines: Sequence[ArticleDeadline], *, passing: Passing, by: User, at: datetime) -> None:
    """Whoever owes it is told."""
    if passing is Passing.BREACH:
        for deadline in deadlines:
            if deadline.is_open:
                tell_late(deadline, by=by, at=at)


def answer_is_late(deadlines: Sequence[FeedbackDeadline], *, passing: Passing, by: User, at: datetime) -> None:
    """A reader waits for longer than we promise: whoever keeps the article is told."""
    if passing is Passing.BREACH:
        for deadline in deadlines:
            if deadline.is_open and deadline.due_at is not None:
                tell_answer_is_late(deadline.feedback, due=deadline.due_at, by=by, at=at)


def assignment_is_late(deadlines: Sequence[AssignmentDeadline], *, passing: Passing, by: User, at: datetime) -> None:
    """Whoever is to see to it is told."""
    if passing is Passing.BREACH:
        for deadline in deadlines:
            if deadline.is_open and deadline.due_at is not None:
                tell_assignment_is_late(deadline.assignment, due=deadline.due_at, by=by, at=at)


def train_is_due(deadlines: Sequence[TrainDeadline], *, passing: Passing, by: User, at: datetime) -> None:
    """It leaves."""
    if passing is Passing.BREACH:
        for deadline in deadlines:
            if deadline.train.departed_at is None:
                depart_train(deadline.train, by=by, at=at)
