"""answer_feedback, merge_feedback, link_feedback: what becomes of what readers say; each is answered once, in time."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.user import User
from financy_support.desk.wording import require_words
from knowledge.landing import land
from knowledge.models import Feedback, FeedbackDeadline, FeedbackKind, FeedbackState, Revision, RevisionState
from knowledge.revision_gates import require_writer
from knowledge.thanking import tell_answer, thank_for_change

OUTCOMES = (FeedbackState.SHOWN, FeedbackState.PLANNED, FeedbackState.DECLINED)
OPEN = (FeedbackState.WAITING, FeedbackState.PLANNED)
LONGEST_ANSWER = 4000


def answer_feedback(feedback: Feedback, *, outcome: str, answer: str = "", by: User, at: datetime) -> Feedback:
    """Say what becomes of it: ``shown`` (a comment), ``planned`` (the article will change) or ``declined``.

    ``answer`` is written in the reader's language, goes to whoever left an address and stands under a shown comment;
    who declines gives one. A shown comment may be declined later, which hides it. Raises NotAllowed, Invalid naming
    the field, Conflict when it is settled. Source: handbook 'feedback_processing'.
    """
    taken = _take(feedback, FeedbackState.WAITING, FeedbackState.SHOWN, FeedbackState.DECLINED, by=by)
    if outcome not in OUTCOMES:
        raise Invalid(f"Choose what becomes of it: {', '.join(OUTCOMES)}.", field="outcome", code="unknown")
    if outcome == FeedbackState.SHOWN and taken.kind != FeedbackKind.COMMENT:
        raise Invalid("Only comments are shown. Plan a change, or decline it.", field="outcome", code="no_comment")
    if taken.state == outcome:
        raise Conflict(f"This is {taken.get_state_display()} already.", code="state")
    says = answer.strip() or outcome == FeedbackState.DECLINED
    taken.answer = require_words(answer, field="answer", longest=LONGEST_ANSWER) if says else ""
    taken.state = outcome
    return _settle(taken, by=by, at=at)


def merge_feedback(feedback: Feedback, *, into: Feedback, by: User, at: datetime) -> Feedback:
    """It says what another says already: it is answered with that one, at once when that is, and thanked as it is.

    Raises NotAllowed, Invalid when the other one is about another article, is merged itself, or is the same one.
    """
    both = Feedback.objects.filter(pk__in=(feedback.pk, into.pk)).order_by("pk")
    list(both.select_for_update(of=("self",), no_key=True))  # two who merge crosswise wait, and the second is refused
    taken = _take(feedback, *OPEN, by=by)
    other = both.filter(pk=into.pk).select_related("translation", "caused").first()
    if other is None or other.pk == taken.pk or other.state == FeedbackState.MERGED:
        raise Invalid("Choose another feedback, one that is not merged itself.", field="into", code="unknown")
    if other.translation.article_id != taken.translation.article_id:
        raise Invalid("The other one is about another article.", field="into", code="other_article")
    taken.state, taken.merged_into, taken.caused = FeedbackState.MERGED, other, None
    taken.duplicates.update(merged_into=other)
    _settle(taken, by=by, at=at)
    if other.state == FeedbackState.LANDED and other.caused is not None:
        thank_for_change([taken], other.caused, by=by, at=at)
    elif other.answered_at is not None:
        tell_answer(other, to=[taken], by=by, at=at)
    return taken


def link_feedback(feedback: Feedback, *, revision: Revision, by: User, at: datetime) -> Feedback:
    """This revision is what came of it: planned from now on, and landed when readers see it.

    Raises NotAllowed, Invalid for a revision of another article, Conflict for one that was discarded.
    Source: handbook 'action_tracking' feedback_to_improvement_pipeline.
    """
    require_writer(by)
    # locked before the feedback, as whoever publishes it does: it is shown either before this or after
    revision = (
        Revision.objects.select_for_update(of=("self",), no_key=True).select_related("translation").get(pk=revision.pk)
    )
    taken = _take(feedback, FeedbackState.WAITING, FeedbackState.PLANNED, FeedbackState.SHOWN, by=by)
    if revision.translation.article_id != taken.translation.article_id:
        raise Invalid("This revision is of another article.", field="revision", code="other_article")
    if revision.state in (RevisionState.DISCARDED, RevisionState.SUPERSEDED):
        raise Conflict("Nobody will see this revision. Link the one that holds the change.", field="revision")
    was_waiting = taken.state == FeedbackState.WAITING
    taken.state, taken.caused = FeedbackState.PLANNED, revision
    if was_waiting:
        _settle(taken, by=by, at=at)
    else:
        taken.save(update_fields=["state", "caused"])
    if revision.state == RevisionState.PUBLISHED:
        land(revision, by=by, at=at)
        taken.refresh_from_db()
    return taken


def _take(feedback: Feedback, *states: FeedbackState, by: User) -> Feedback:
    require_writer(by)
    taken = (
        Feedback.objects.select_for_update(of=("self",), no_key=True)
        .select_related("translation__article__category", "customer", "revision")
        .get(pk=feedback.pk)
    )
    if taken.state not in states:
        raise Conflict(f"This is {taken.get_state_display()}: it cannot be settled again.", code="state")
    return taken


def _settle(taken: Feedback, *, by: User, at: datetime) -> Feedback:
    """The first answer meets the promise; every one is told to whoever left an address."""
    taken.answered_at, taken.answered_by = taken.answered_at or at, by
    taken.save()
    for deadline in FeedbackDeadline.objects.filter(feedback=taken).open():
        deadline.meet(at)
        deadline.save()
    if taken.state != FeedbackState.MERGED:
        told = [taken, *taken.duplicates.select_related("translation", "revision", "customer")]
        tell_answer(taken, to=told, by=by, at=at)
    return taken
