"""assign_gap, hand_over, end_assignment, close_answered_gaps: work of no article yet has an owner and an end."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User, UserKind
from financy_support.desk.wording import require_words
from knowledge.gaps import is_answered, open_gaps, stems_of
from knowledge.models import Assignment, AssignmentDeadline, AssignmentKind, Feedback
from knowledge.revision_gates import is_writer, require_writer
from knowledge.rounds import begin_round, not_worked_in
from knowledge.telling import tell_assigned

GAP_WITHIN = timedelta(days=14)
LONGEST_REASON = 2000


def assign_gap(*, words: str, language: str, to: User, by: User, at: datetime) -> Assignment:
    """Somebody sees to it that a question is answered; assigned already, it is handed over.

    It closes by itself once the question finds and satisfies (``close_answered_gaps``). Raises NotAllowed, Invalid
    naming the field. Source: knowledge anchor §6, 5; handbook 'identify_gaps'.
    """
    require_writer(by)
    words = require_words(words, field="words", longest=256)
    if language not in Language.values:
        raise Invalid(f"No language {language!r}. Use one of: {', '.join(Language.values)}.", field="language")
    stems = stems_of(words, language)[:500]
    if not stems:
        raise Invalid("These words say nothing that an article could be found by.", field="words", code="empty")
    require_owner(to)
    found = open_gaps().filter(language=language, stems=stems).first()
    if found is not None:
        return hand_over(found, to=to, by=by, at=at)
    try:
        with transaction.atomic():
            gap = Assignment.objects.create(
                kind=AssignmentKind.GAP, owner=to, language=language, words=words, stems=stems, opened_at=at
            )
    except IntegrityError:
        raise Conflict("Somebody assigned it in the same moment. Open the list again.", code="state") from None
    AssignmentDeadline(
        assignment=gap, kind=AssignmentDeadline.DUE, target=GAP_WITHIN, policy_source="a gap within 14 days"
    ).start(at).save()
    tell_assigned(gap, by=by, at=at)
    return gap


def hand_over(assignment: Assignment, *, to: User, by: User, at: datetime) -> Assignment:
    """Somebody else sees to it, by the same time. Raises NotAllowed, Invalid, Conflict for one that has ended."""
    taken = _take(assignment, by=by)
    require_owner(to)
    if taken.owner_id == to.pk:
        return taken
    taken.owner = to
    taken.save(update_fields=["owner"])
    tell_assigned(taken, by=by, at=at)
    return taken


def end_assignment(assignment: Assignment, *, because: str, by: User, at: datetime) -> Assignment:
    """End it by hand: a gap that is none of ours, or the month's feedback once all of it is worked in.

    Raises NotAllowed, Invalid without a reason, Conflict naming the feedback that waits still.
    Source: handbook 'user_feedback_integration': monthly.
    """
    taken = _take(assignment, by=by)
    because = require_words(because, field="because", longest=LONGEST_REASON)
    if taken.kind == AssignmentKind.FEEDBACK_ROUND:
        left = list(not_worked_in(taken.opened_at).values_list("pk", flat=True)[:20])
        if left:
            named = ", ".join(str(one) for one in left)
            raise Conflict(
                f"Not worked in yet: feedback {named}. Answer each, and name the revision of each change.",
                field="feedback",
                code="not_worked_in",
            )
    return _close(taken, because=f"{by}: {because}", at=at)


def close_answered_gaps(*, by: User, at: datetime) -> list[Assignment]:
    """Close each gap whose latest five searches were answered; by the desk itself. Raises NotAllowed for people."""
    current_act(by)
    if by.kind != UserKind.SYSTEM:
        raise NotAllowed("Gaps close by themselves, when the question is answered.")
    answered = [one for one in open_gaps().select_for_update(of=("self",), no_key=True) if is_answered(one, at)]
    because = "The latest five searches were answered, and none of them wrote."
    return [_close(one, because=because, at=at) for one in answered]


def require_owner(person: User) -> None:
    if not is_writer(person):
        raise Invalid("Articles are written by editors and agents. Choose one of them.", field="to", code="no_writer")


def _take(assignment: Assignment, *, by: User) -> Assignment:
    require_writer(by)
    locked = Assignment.objects.select_for_update(of=("self",), no_key=True)
    taken = locked.select_related("owner").get(pk=assignment.pk)
    if taken.closed_at:
        raise Conflict("This has ended already.", code="state")
    return taken


def _close(taken: Assignment, *, because: str, at: datetime) -> Assignment:
    taken.closed_at, taken.closed_because = at, because
    taken.save(update_fields=["closed_at", "closed_because"])
    for deadline in AssignmentDeadline.objects.filter(assignment=taken).open():
        deadline.meet(at)
        deadline.save()
    if taken.kind == AssignmentKind.FEEDBACK_ROUND and Feedback.objects.exists():
        begin_round(at=at)
    return taken
