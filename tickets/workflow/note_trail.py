"""note_trail: what somebody searched and read in the help centre before they wrote goes along, for whoever answers."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.user import User
from knowledge.workflow.note_ticket import note_ticket as note_in_knowledge
from tickets.models import Ticket
from tickets.workflow.note import note_ticket


def note_trail(ticket: Ticket, *, visitor: str, by: User, at: datetime) -> None:
    """Add an internal note with the searches of ``visitor`` (``knowledge/visitors.py``), if there were any.

    Source: design §7 'deflection while a ticket is filed'. Raises what ``note_ticket`` raises.
    """
    current_act(by)
    trail = note_in_knowledge(visitor=visitor, by=by, at=at)
    if trail:
        lines = [f"• “{words}”" + (f" → read “{title}”" if title else " → read nothing") for words, title in trail]
        body = "Before writing they searched the help centre; do not send them there again:\n" + "\n".join(lines)
        note_ticket(ticket, body=body, by=by, at=at)
