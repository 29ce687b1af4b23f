"""What is said to readers who told us something: thanks on receipt, our answer, and thanks when the change lands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from communications.models import Message
from communications.send import About, Draft, send_messages
from financy_support.desk.people.user import User
from knowledge.help_centre.shelves import address
from knowledge.models import Feedback, FeedbackState, Revision
from knowledge.purposes import FEEDBACK_ANSWERED, FEEDBACK_LANDED, FEEDBACK_RECEIVED

RECEIPTS_A_DAY = 3
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
    """It reached us, and is answered within 48 hours.

    Anybody may type anybody's address: the mail holds no word that its sender wrote, an address gets few of them a day,
    and they use up nothing of what else is mailed there.
    """
    lately = Message.objects.filter(
        customer=feedback.customer, purpose=FEEDBACK_RECEIVED, created_at__gt=at - timedelta(days=1)
    )
    if feedback.customer is not None and lately[:RECEIPTS_A_DAY].count() < RECEIPTS_A_DAY:
        _say(FEEDBACK_RECEIVED, [feedback], lambda one: {}, has_own_limit=True, by=by, at=at)


def tell_answer(feedback: Feedback, *, to: Iterable[Feedback], by: User, at: datetime) -> None:
    """What becomes of ``feedback``, in our own words or in those of the house, to all who said it."""
    known = ANSWERS.get(FeedbackState(feedback.state), {})

    def facts(one: Feedback) -> dict[str, str]:
        return {"answer": feedback.answer or known[one.translation.language]}

    _say(FEEDBACK_ANSWERED, to if feedback.answer or known else [], facts, by=by, at=at)


def thank_for_change(thanked: Iterable[Feedback], revision: Revision, *, by: User, at: datetime) -> None:
    """Readers see the change now; it is named."""

    def facts(one: Feedback) -> dict[str, str]:
        return {"change": revision.comment or revision.summary}

    _say(FEEDBACK_LANDED, thanked, facts, by=by, at=at)


def _say(
    purpose: str, told: Iterable[Feedback], facts: Any, *, has_own_limit: bool = False, by: User, at: datetime
) -> None:
    drafts = [
        Draft(
            purpose,
            one.customer,
            About("knowledge.feedback", one.pk, f"feedback {one.pk}"),
            one.translation.language,
            {"article": one.revision.title, "link": _link(one), **facts(one)},
            has_own_limit=has_own_limit,
        )
        for one in told
        if one.customer is not None
    ]
    send_messages(drafts, by=by, at=at)


def _link(feedback: Feedback) -> str:
    return f"{settings.DESK_BASE_URL}{address(feedback.translation.language, feedback.translation.slug)}"
