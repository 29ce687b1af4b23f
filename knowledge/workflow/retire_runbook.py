"""retire_runbook and restore_runbook: nobody begins to work by it any more; its words stay, and it can come back."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.user import User
from knowledge.models import Runbook
from knowledge.runbook_gates import hold_runbook


def retire_runbook(runbook: Runbook, *, because: str, by: User, at: datetime) -> Runbook:
    """Take it out of use; its issue type may get another. Raises NotAllowed, Invalid without a reason, Conflict."""
    taken = hold_runbook(runbook, by=by)
    if not because.strip():
        raise Invalid("Say why nobody is to work by it any more.", field="because")
    taken.retired_at, taken.retired_because = at, because.strip()[:500]
    taken.save(update_fields=["retired_at", "retired_because"])
    return taken


def restore_runbook(runbook: Runbook, *, by: User, at: datetime) -> Runbook:
    """People work by it again. Raises NotAllowed; Conflict when it is not retired, or its issue type has another."""
    taken = hold_runbook(runbook, by=by, is_retired=True)
    other = Runbook.objects.filter(issue_type=taken.issue_type, retired_at__isnull=True).first()
    if other is not None:
        raise Conflict(f"“{other.code}” is the runbook of this issue type now. Retire it first.", code="taken")
    taken.retired_at, taken.retired_because = None, ""
    try:
        with transaction.atomic():
            taken.save(update_fields=["retired_at", "retired_because"])
    except IntegrityError:
        raise Conflict("Somebody has just begun another for this issue type.", code="taken") from None
    return taken
