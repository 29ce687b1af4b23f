"""try_gate: somebody knows that a provider is back, and does not want to wait for the next try."""

from __future__ import annotations

from datetime import datetime

from communications.models import Gate
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, NotAllowed
from financy_support.desk.people.user import User


def try_gate(gate: Gate, *, by: User, at: datetime) -> None:
    """Let one delivery pass at once; if it gets through the gate is open and the others follow.

    Raises NotAllowed for others than agents, Conflict when the gate is open.
    """
    current_act(by)
    if not by.is_agent:
        raise NotAllowed("Only agents let a closed gate be tried. Ask one.")
    if not Gate.objects.filter(pk=gate.pk, closed_at__isnull=False).update(closed_until=at):
        raise Conflict("This gate is open: nothing waits for a try.", code="open")
