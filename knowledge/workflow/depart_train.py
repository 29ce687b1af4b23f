"""depart_train: every approved article that is fit is published in the same moment; the others order the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, NotAllowed, Problem
from financy_support.desk.people.user import User, UserKind
from knowledge.models import Carriage, Revision, RevisionState, Train, TrainDeadline, Translation
from knowledge.publishing_gates import what_is_missing
from knowledge.showing import show
from knowledge.staleness import translation_notes
from knowledge.trains import waiting_train


@dataclass(frozen=True)
class Aboard:
    """One line of the manifest: a revision, what keeps it from leaving, and what is to be known before it leaves."""

    revision: Revision
    problems: list[Problem]
    notes: list[str]


def manifest(*, locked: bool = False) -> list[Aboard]:
    """What would leave now, rehearsed: each approved revision with all that is wrong with it.

    Source: knowledge anchor §6, 2: links, readability, missing and stale translations.
    """
    rows = Revision.objects.filter(state=RevisionState.APPROVED).select_related(
        "translation__article__category", "translation__current", "author"
    )
    if locked:
        chosen = rows.values("translation_id")
        list(Translation.objects.filter(pk__in=chosen).order_by("pk").select_for_update(no_key=True).values_list("pk"))
        rows = rows.select_for_update(of=("self",), no_key=True)
    return [Aboard(row, [*what_is_missing(row), *_retired(row)], translation_notes(row)) for row in rows.order_by("pk")]


def depart_train(train: Train, *, by: User, at: datetime) -> list[Carriage]:
    """Publish all that is fit, or nothing when one of them cannot be; what stays behind orders the next train.

    By the sweeper at its time, by an administrator at any. Raises NotAllowed, Conflict when it has left already.
    Source: handbook 'publication_schedule'; design §7.
    """
    current_act(by)
    if not (by.is_superuser or by.kind == UserKind.SYSTEM):
        raise NotAllowed("The train leaves at its time. An administrator may send it earlier.")
    taken = Train.objects.select_for_update(no_key=True).get(pk=train.pk)
    if taken.departed_at:
        raise Conflict("This train has left.", code="state")
    list_of_all = manifest(locked=True)
    carriages = [
        Carriage.objects.create(train=taken, revision=aboard.revision, before=show(aboard.revision, by=by, at=at))
        for aboard in list_of_all
        if not aboard.problems
    ]
    taken.departed_at, taken.version = at, taken.version + 1
    taken.save(update_fields=["departed_at", "version"])
    for deadline in TrainDeadline.objects.filter(train=taken).open():
        deadline.meet(at)
        deadline.save()
    if len(carriages) < len(list_of_all):
        waiting_train(at=at)
    return carriages


def _retired(revision: Revision) -> list[Problem]:
    if revision.translation.article.retired_at:
        return [Problem("article", "retired", "The article is retired. Restore it, or discard this revision.")]
    return []
