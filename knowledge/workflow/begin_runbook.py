"""begin_runbook: the next wording of a runbook begins as a copy of the one in force."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict
from financy_support.desk.people.user import User
from knowledge.models import Runbook, RunbookRevision
from knowledge.runbook_gates import hold_runbook, in_force
from knowledge.workflow.begin_revision import AT_WORK

COPIED = ("title", "steps", "criteria", "documentation", "template")


def begin_runbook(runbook: Runbook, *, by: User, at: datetime) -> RunbookRevision:
    """Return the draft; where none was ever in force it begins from the last that was written.

    Raises NotAllowed; Conflict for a retired one, and while another revision of it is at work.
    """
    locked = hold_runbook(runbook, by=by)
    at_work = locked.revisions.filter(state__in=AT_WORK).select_related("author").first()
    if at_work is not None:
        raise Conflict(
            f"Revision {at_work.number} of {at_work.author} is {at_work.get_state_display()}. Finish or discard it.",
            code="at_work",
        )
    last = locked.revisions.order_by("-number")[0]
    start = in_force(locked) or last
    return RunbookRevision.objects.create(
        runbook=locked,
        number=last.number + 1,
        author=by,
        created_at=at,
        **{name: getattr(start, name) for name in COPIED},
    )
