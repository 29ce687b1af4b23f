"""Who may do what with a revision, and in which state; every verb on one begins here."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, NotAllowed
from financy_support.desk.people.user import User, UserKind
from knowledge.models import (
    Article,
    Assignment,
    Expert,
    Feedback,
    Revision,
    RevisionState,
    Runbook,
    RunbookRevision,
    Translation,
)


def require_writer(by: User) -> None:
    """Raise NotAllowed unless ``by`` is acting, and is an editor, an agent or an administrator."""
    current_act(by)
    if not is_writer(by):
        raise NotAllowed("Articles are written by editors and agents. Ask an editor.")


def is_writer(person: Any) -> bool:
    return isinstance(person, User) and person.is_active and (person.is_agent or person.kind == UserKind.EDITOR)


def articles_of(reader: Any) -> QuerySet[Article]:
    """Articles with all that is written about them inside: for those who write; for everybody else there are none."""
    return Article.objects.all() if is_writer(reader) else Article.objects.none()


def assignments_of(reader: Any) -> QuerySet[Assignment]:
    """For those who write."""
    return Assignment.objects.all() if is_writer(reader) else Assignment.objects.none()


def feedback_of(reader: Any) -> QuerySet[Feedback]:
    """All of it for those who write, their own for customers, none for anybody else."""
    if is_writer(reader):
        return Feedback.objects.all()
    if isinstance(reader, User) and reader.is_active and reader.kind == UserKind.CUSTOMER:
        return Feedback.objects.filter(customer__user=reader)
    return Feedback.objects.none()


def is_expert(person: User, subject: Article | Runbook, language: str) -> bool:
    """Whether an administrator named them for this category in this language, or in all."""
    named = Expert.objects.filter(Q(language=language) | Q(language=""), category=subject.category_id, person=person)
    return named.exists()


def take_revision(revision: Revision, *states: RevisionState, by: User) -> Revision:
    """The revision as it is now, its translation locked before it. Raises NotAllowed, Conflict in another state."""
    require_writer(by)
    Translation.objects.select_for_update(of=("self",), no_key=True).get(pk=revision.translation_id)
    locked = (
        Revision.objects.select_for_update(of=("self",), no_key=True)
        .select_related("translation__article__category", "author", "reviewer", "approver")
        .get(pk=revision.pk)
    )
    require_in_state(locked, *states)
    return locked


def require_in_state(locked: Revision | RunbookRevision, *states: RevisionState) -> None:
    """Raise Conflict when it is in another state than these."""
    if locked.state not in states:
        wanted = " or ".join(str(state.label) for state in states)
        raise Conflict(
            f"This revision is {locked.get_state_display()}; this takes one that is {wanted}. Open its page again.",
            code="state",
        )


def require_read(taken: Revision | RunbookRevision, digest: str) -> None:
    """Raise Conflict unless ``digest`` names the words that stand there now: nobody signs what they have not read.

    Every door sends what its page or answer showed; empty, it is the caller that has just read the row.
    """
    if digest and digest != taken.digest:
        raise Conflict("The words are others than those you read. Read them again.", field="digest", code="other_words")


def require_another(by: User, others: dict[str, User | None]) -> None:
    """Author, reviewer and approver are three people (handbook: author_reviewer_approver); superusers too."""
    for role, person in others.items():
        if person is not None and person.pk == by.pk:
            raise NotAllowed(
                f"You are its {role}: author, reviewer and approver are three people. Ask somebody else.",
                code="same_person",
            )
