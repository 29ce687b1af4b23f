"""write_runbook: a runbook for another type of issue begins with an empty draft."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.user import User
from knowledge.issue_types import issue_types
from knowledge.models import Category, Runbook, RunbookRevision
from knowledge.revision_gates import require_writer
from knowledge.runbook_shape import checked_line


def write_runbook(
    *, category: Category, issue_type: str, title: str, code: str = "", by: User, at: datetime
) -> RunbookRevision:
    """Begin a runbook and return its first draft, in which the steps are to be written.

    Parameters: ``category`` is the shelf whose experts will approve it; ``code`` is the issue type's when empty.
    Raises NotAllowed; Invalid naming the field; Conflict when the code is taken or the issue type has a runbook.
    Source: handbook 'Customer Issue Resolution'.
    """
    require_writer(by)
    title = checked_line("title", title)
    if not title:
        raise Invalid("Give a title: which issue it resolves.", field="title")
    known = issue_types()
    if issue_type not in known:
        raise Invalid(f"No such issue type. Known: {', '.join(known)}.", field="issue_type", code="unknown")
    code = slugify(code or issue_type.replace("_", "-"))[:80]
    if not code:
        raise Invalid("Give a code with letters or digits, or none.", field="code")
    taken = Runbook.objects.filter(issue_type=issue_type, retired_at__isnull=True).first()
    if taken is not None:
        raise Conflict(
            f"“{taken.code}” is the runbook of this issue type. Change it, or retire it first.",
            field="issue_type",
            code="taken",
        )
    if Runbook.objects.filter(code=code).exists():
        raise Conflict(f"A runbook “{code}” exists. Choose another code.", field="code", code="taken")
    try:
        with transaction.atomic():
            runbook = Runbook.objects.create(code=code, issue_type=issue_type, category=category)
            return RunbookRevision.objects.create(
                runbook=runbook,
                number=1,
                title=title,
                criteria={"automatic": [], "manual": []},
                author=by,
                created_at=at,
            )
    except IntegrityError:
        raise Conflict("Somebody has just begun this runbook.", field="issue_type", code="taken") from None
