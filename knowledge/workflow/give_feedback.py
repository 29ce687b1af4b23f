"""give_feedback: a reader comments on an article or says what is wrong with it; somebody answers within 48 hours."""

from __future__ import annotations

from datetime import datetime, timedelta

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, Invalid, NotFound
from financy_support.desk.people.by_address import LONGEST_NAME, customer_by_address
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User, UserKind
from financy_support.desk.wording import require_words
from knowledge.models import Feedback, FeedbackDeadline, FeedbackKind, Translation
from knowledge.practices import span_of
from knowledge.rounds import begin_round
from knowledge.thanking import thank_for_feedback

LONGEST, A_DAY = 4000, 10


def give_feedback(
    translation: Translation,
    *,
    kind: str,
    words: str,
    email: str = "",
    name: str = "",
    visitor: str = "",
    by: User,
    at: datetime,
) -> Feedback:
    """Keep it, owe an answer, and thank whoever left an address in the article's language.

    ``visitor`` tells a browser for a day (``knowledge/visitors.py``): the same words again are the same feedback, and
    more than A_DAY are refused. A logged-in customer needs no address. A comment is shown once it was looked at.
    Raises NotFound for what ``by`` cannot read, Invalid naming the field, Conflict when it is too much for a day.
    Source: handbook 'comment_system', 'improvement_suggestions', 'response_time' 48_hours, 'acknowledgment_system'.
    """
    current_act(by)
    readable = Translation.objects.visible_to(by).filter(pk=translation.pk).select_related("article__category")
    shown = readable.select_for_update(of=("self",), no_key=True).first()  # sent twice at once, it is one
    if shown is None or shown.current_id is None:
        raise NotFound
    if kind not in FeedbackKind.values:
        raise Invalid(f"Choose what it is: {', '.join(FeedbackKind.values)}.", field="kind", code="unknown")
    words = require_words(words, field="words", longest=LONGEST)
    name = require_words(name, field="name", longest=LONGEST_NAME) if name.strip() else ""
    if visitor:
        of_today = Feedback.objects.filter(visitor=visitor, received_at__gt=at - timedelta(days=1))
        if again := of_today.filter(translation=shown, kind=kind, words=words).first():
            return again
        if of_today.count() >= A_DAY:
            raise Conflict("That is a lot for one day: thank you. Go on tomorrow, or write to us.", code="too_many")
    feedback = Feedback.objects.create(
        translation=shown,
        revision_id=shown.current_id,
        kind=kind,
        words=words,
        name=name,
        customer=_who(by, email, shown.language),
        visitor=visitor,
        received_at=at,
    )
    within = span_of("feedback_processing", "response_time")
    FeedbackDeadline(
        feedback=feedback, kind=FeedbackDeadline.ANSWER, target=within, policy_source="response_time 48_hours"
    ).start(at).save()
    begin_round(at=at)
    thank_for_feedback(feedback, by=by, at=at)
    return feedback


def _who(by: User, email: str, language: str) -> Customer | None:
    if by.kind == UserKind.CUSTOMER:
        return Customer.objects.get(user=by)
    if not email.strip():
        return None
    # by the address itself: a name that somebody typed beside a stranger's address is not how we greet them
    return customer_by_address(email, name=email.partition("@")[0].strip() or email, language=language)
