"""Who is told that something is owed to an article, and what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from communications.send import About, Draft, send_messages
from communications.words import instant_in
from financy_support.desk.people.user import User
from knowledge.models import (
    Article,
    ArticleDeadline,
    ArticleDuty,
    Assignment,
    AssignmentKind,
    Expert,
    Feedback,
    Revision,
)
from knowledge.purposes import ASSIGNED, AT_ONCE, LATE
from knowledge.revision_gates import is_writer

# The message is in the reader's language; so is what it calls the duty.
DUTIES = {
    ArticleDuty.LOOK_OVER: {"en": "look over", "pt": "conferir", "es": "revisar"},
    ArticleDuty.RELEASE_CHECK: {
        "en": "check with the release", "pt": "conferir com a nova versão", "es": "revisar con la nueva versión",
    },
    ArticleDuty.QUARTERLY_REVIEW: {
        "en": "quarterly review: still true, still needed?",
        "pt": "revisão trimestral: ainda é verdade, ainda é preciso?",
        "es": "revisión trimestral: ¿sigue siendo verdad, sigue haciendo falta?",
    },
    ArticleDuty.URGENT_APPROVAL: {
        "en": "approve what was published at once",
        "pt": "aprovar o que foi publicado de imediato",
        "es": "aprobar lo que se publicó de inmediato",
    },
}  # fmt: skip
SEEN_TO = {
    AssignmentKind.GAP: {
        "en": "see that the question is answered",
        "pt": "cuidar para que a pergunta tenha resposta",
        "es": "lograr que la pregunta tenga respuesta",
    },
    AssignmentKind.FEEDBACK_ROUND: {
        "en": "work in the month's feedback",
        "pt": "aproveitar os comentários do mês",
        "es": "aprovechar los comentarios del mes",
    },
}
ANSWER = {"en": "answer a reader", "pt": "responder a um leitor", "es": "responder a un lector"}


def tell_at_once(revision: Revision, *, because: str, due: datetime, by: User, at: datetime) -> None:
    """The experts who may approve these words, of which readers see them already."""
    link = _page("revision", revision.pk)
    drafts = [
        _draft(
            AT_ONCE,
            person,
            revision.translation.article,
            article=revision.title,
            article_language=revision.translation.language,
            published_by=str(by),
            why=because,
            due=_moment(due, person),
            link=link,
        )
        for person in _who_may_approve(revision)
    ]
    send_messages(drafts, by=by, at=at)


def tell_late(deadline: ArticleDeadline, *, by: User, at: datetime) -> None:
    """Its owner, else the experts of its category; of an approval those who may give it."""
    article, due, duty = deadline.article, deadline.due_at, ArticleDuty(deadline.kind)
    assert due is not None, "it was just late"
    drafts = [
        _draft(
            LATE,
            person,
            article,
            article=article.code,
            duty=DUTIES[duty][person.language],
            due=_moment(due, person),
            link=_page("article", article.pk),
        )
        for person in _who_owes(article, duty)
    ]
    send_messages(drafts, by=by, at=at)


def tell_answer_is_late(feedback: Feedback, *, due: datetime, by: User, at: datetime) -> None:
    """The owner of the article that a reader told us something about, else the experts of its category."""
    article = feedback.translation.article
    drafts = [
        _draft(
            LATE,
            person,
            article,
            article=article.code,
            duty=ANSWER[person.language],
            due=_moment(due, person),
            link=_page("feedback", feedback.pk),
        )
        for person in _who_owes(article, ArticleDuty.LOOK_OVER)
    ]
    send_messages(drafts, by=by, at=at)


def tell_assigned(assignment: Assignment, *, by: User, at: datetime) -> None:
    """Whoever is to see to it, unless they took it themselves."""
    owner = assignment.owner
    if owner is None or owner.pk == by.pk:
        return
    due = assignment.deadlines.latest("id").due_at
    assert due is not None, "it runs around the clock"
    facts = {"given_by": str(by), "due": _moment(due, owner), **_of_assignment(assignment, owner)}
    send_messages([_draft(ASSIGNED, owner, assignment, **facts)], by=by, at=at)


def tell_assignment_is_late(assignment: Assignment, *, due: datetime, by: User, at: datetime) -> None:
    """Its owner; of one that nobody took the administrators, who can give it to somebody."""
    owner = assignment.owner
    people = [owner] if owner is not None and is_writer(owner) else _administrators()
    drafts = [
        _draft(LATE, person, assignment, due=_moment(due, person), **_of_assignment(assignment, person))
        for person in people
    ]
    send_messages(drafts, by=by, at=at)


def _of_assignment(assignment: Assignment, person: User) -> dict[str, str]:
    duty = SEEN_TO[AssignmentKind(assignment.kind)][person.language]
    return {"article": assignment.words or duty, "duty": duty, "link": _page("assignment", assignment.pk)}


def _who_owes(article: Article, duty: ArticleDuty) -> Sequence[User]:
    if duty == ArticleDuty.URGENT_APPROVAL:
        unsigned = Revision.objects.filter(shown_by__article=article).exclude(urgent_because="")
        return _each_once(
            person
            for one in unsigned.select_related("translation").order_by("pk")
            if not one.is_approved
            for person in _who_may_approve(one)
        )
    owner = article.owner
    return [owner] if owner is not None and is_writer(owner) else _experts(article)


def _who_may_approve(revision: Revision) -> Sequence[User]:
    language, article = revision.translation.language, revision.translation.article
    return _experts(article, language, {revision.author_id, revision.reviewer_id})


def _experts(article: Article, language: str = "", but: Collection[int | None] = ()) -> Sequence[User]:
    """Those whom administrators named; where nobody is left, the administrators, who can name somebody."""
    named = Expert.objects.filter(category=article.category_id, person__is_active=True).select_related("person")
    if language:
        named = named.filter(Q(language=language) | Q(language=""))
    experts = _each_once(one.person for one in named.order_by("person_id") if one.person_id not in but)
    return experts or _administrators()


def _administrators() -> list[User]:
    return list(User.objects.filter(is_superuser=True, is_active=True).order_by("pk"))


def _each_once(people: Iterable[User]) -> list[User]:
    return list({person.pk: person for person in people}.values())


def _draft(purpose: str, person: User, about: Article | Assignment, **facts: str) -> Draft:
    kind = str(about._meta.model_name)
    what = About(f"knowledge.{kind}", about.pk, f"{kind} {about.pk}")
    return Draft(purpose, person, what, person.language, facts)


def _moment(at: datetime, person: User) -> str:
    return instant_in(at, person.language, person.time_zone)


def _page(model: str, number: int) -> str:
    return f"{settings.DESK_BASE_URL}{reverse(f'admin:knowledge_{model}_change', args=[number])}"
