"""open_by_form: somebody writes by the form of the help centre; what they searched and read there goes along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import NotAllowed
from financy_support.desk.people.by_address import customer_by_address
from financy_support.desk.people.user import SystemActor, User
from tickets.files import Upload
from tickets.models import Ticket
from tickets.workflow.note_trail import note_trail
from tickets.workflow.open import open_ticket


def open_by_form(
    *,
    email: str,
    name: str,
    subject: str,
    description: str,
    language: str,
    visitor: str = "",
    uploads: Sequence[Upload] = (),
    by: User,
    at: datetime,
) -> Ticket:
    """Open a ticket for whoever has this address, as a mail from there would; answers go to the address alone.

    The form proves nobody: it shows nothing of a customer's, and a new one is added by name and language. ``visitor``
    tells whose searches belong to it (``knowledge/visitors.py``); they stand in an internal note.
    Raises NotAllowed for others than the public, Invalid naming the field, Conflict for an erased customer.
    Source: design §7 'deflection while a ticket is filed'.
    """
    current_act(by)
    if by.pk != SystemActor.PUBLIC:
        raise NotAllowed("This form is for visitors. Open the ticket under your own name.")
    ticket = open_ticket(
        customer=customer_by_address(email, name=name, language=language),
        subject=subject,
        description=description,
        language=language,
        uploads=uploads,
        by=by,
        at=at,
    )
    note_trail(ticket, visitor=visitor, by=by, at=at)
    return ticket
