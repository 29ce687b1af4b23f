"""note_ticket: words for staff only; no promise is kept or started by them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from financy_support.desk.errors import Conflict
from financy_support.desk.people.user import User
from financy_support.desk.wording import require_words
from tickets.files import Upload, attach
from tickets.in_hand import take_ticket
from tickets.models import Reply, Ticket, Voice
from tickets.workflow.open import LONGEST_BODY


def note_ticket(ticket: Ticket, *, body: str, uploads: Sequence[Upload] = (), by: User, at: datetime) -> Reply:
    """Add an internal note. Raises NotAllowed for customers, NotFound, Invalid, Conflict when the customer was erased.

    Whoever waited for an erasure may have written of the erased person: their words must not come back.
    """
    body = require_words(body, field="body", longest=LONGEST_BODY)
    hand = take_ticket(ticket, by=by)
    if hand.ticket.customer.erased_at:
        raise Conflict(f"{ticket.reference} is of an erased customer: nothing more is written of them.", code="erased")
    reply = Reply.objects.create(
        ticket=hand.ticket, voice=Voice.AGENT, author=by, is_internal=True, channel="note", body=body, created_at=at
    )
    attach(uploads, reply=reply, by=by, at=at)
    return reply
