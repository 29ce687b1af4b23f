"""What is said to readers who told us something: thanks on receipt, our answer, and thanks when the change lands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings

from communications.send import About, Draft, send_messages
from financy_support.desk.people.user import User
from knowledge.help_centre.shelves import address
from knowledge.models import Feedback, FeedbackState, Revision
from knowledge.purposes import FEEDBACK_ANSWERED, FEEDBACK_LANDED, FEEDBACK_RECEIVED

# What becomes of it, where whoever answered wrote nothing of their own.
ANSWERS = {
    FeedbackState.SHOWN: {
        "en": "Your comment now stands under the article.",
        "pt": "Seu comentário agora está abaixo do artigo.",
        "es": "Tu comentario ya está debajo del artículo.",
    },
    FeedbackState.PLANNED: {
        "en": "You are right: we will change the article, and tell you when it is done.",
        "pt": "Você tem razão: vamos mudar o artigo e avisar quando estiver pronto.",
        "es": "Tienes razón: vamos a cambiar el artículo y te avisaremos cuando esté listo.",
    },
}


def thank_for_feedback(feedback: Feedback, *, by: User, at: datetime) -> None:
    """It reached us, and is answered within 48 hours."""
    _say(FEEDBACK_RECEIVED, [feedback], lambda one: {"words": one.words[:500]}, by=by, at=at)


def tell_answer(feedback: Feedback, *, by: User, at: datetime) -> None:
    """What becomes of it, in our own words or in those of the house."""
    language = feedback.translation.language
    said = feedback.answer or ANSWERS[FeedbackState(feedback.state)][language]
    _say(FEEDBACK_ANSWERED, [feedback], lambda one: {"answer": said}, by=by, at=at)


def thank_for_change(thanked: Iterable[Feedback], revision: Revision, *, by: User, at: datetime) -> None:
    """Readers see the change now; it is named."""

    def facts(one: Feedback) -> dict[str, str]:
        return {"change": revision.comment or revision.summary}

    _say(FEEDBACK_LANDED, thanked, facts, by=by, at=at)


def _say(purpose: str, told: Iterable[Feedback], facts: Any, *, by: User, at: datetime) -> None:
    drafts = [
        Draft(
            purpose,
            one.customer,
            About("knowledge.feedback", one.pk, f"feedback {one.pk}"),
            one.translation.language,
            {"article": one.revision.title, "link": _link(one), **facts(one)},
        )
        for one in told
        if one.customer is not None
    ]
    send_messages(drafts, by=by, at=at)


def _link(feedback: Feedback) -> str:
    return f"{settings.DESK_BASE_URL}{address(feedback.translation.language, feedback.translation.slug)}"
