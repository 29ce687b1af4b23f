"""What every verb on a runbook asks first, and what must be true of one before it is in force."""

from __future__ import annotations

from django.db.models import QuerySet

from communications.models import MessageTemplate
from communications.purposes import PURPOSES
from financy_support.desk.errors import Conflict, Problem
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from knowledge.models import RevisionState, Runbook, RunbookRevision
from knowledge.revision_gates import is_writer, require_in_state, require_writer
from knowledge.runbook_lint import lint_runbook


def runbooks_seen_by(reader: User) -> QuerySet[RunbookRevision]:
    """Runbooks are the staff's: for everybody else there are none."""
    return RunbookRevision.objects.all() if is_writer(reader) else RunbookRevision.objects.none()


def hold_runbook(runbook: Runbook, *, by: User, is_retired: bool = False) -> Runbook:
    """The locked row. Raises NotAllowed; Conflict when it is retired, or is not while it should be."""
    require_writer(by)
    locked = Runbook.objects.select_for_update(no_key=True).get(pk=runbook.pk)
    if bool(locked.retired_at) != is_retired:
        said = "It is not retired." if is_retired else "This runbook is retired. Restore it first."
        raise Conflict(said, code="state")
    return locked


def take_runbook(revision: RunbookRevision, *states: RevisionState, by: User) -> RunbookRevision:
    """The revision as it is now, its runbook locked before it. Raises NotAllowed, Conflict in another state."""
    hold_runbook(revision.runbook, by=by)
    locked = (
        RunbookRevision.objects.select_for_update(of=("self",), no_key=True)
        .select_related("runbook__category", "author", "reviewer", "approver")
        .get(pk=revision.pk)
    )
    require_in_state(locked, *states)
    return locked


def in_force(runbook: Runbook) -> RunbookRevision | None:
    """The wording by which people work now."""
    return runbook.revisions.filter(state=RevisionState.PUBLISHED).first()


def what_is_wrong(revision: RunbookRevision) -> list[Problem]:
    """What the linter finds, and the languages in which the message of the resolution has no words."""
    problems = lint_runbook(
        title=revision.title,
        steps=revision.steps,
        criteria=revision.criteria,
        documentation=revision.documentation,
        template=revision.template,
        templates={code: one.facts for code, one in PURPOSES.items() if not one.is_to_staff},
    )
    if not revision.template or any(one.code == "unknown_template" for one in problems):
        return problems
    written = set(MessageTemplate.objects.filter(purpose=revision.template).values_list("language", flat=True))
    return problems + [
        Problem(
            "template",
            "no_words",
            f"“{revision.template}” has no words in {language.label}. Write them under Message templates.",
        )
        for language in Language
        if language.value not in written
    ]


def require_fit(revision: RunbookRevision) -> None:
    """Raise Conflict naming all that is wrong."""
    problems = what_is_wrong(revision)
    if problems:
        raise Conflict("This cannot be in force: each thing that is wrong is named.", problems=problems)
