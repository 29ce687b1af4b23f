"""What tickets hear from the app below."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from communications.models import Delivery
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from tickets.models import Ticket
from tickets.workflow.note import note_ticket


def note_failed_delivery(delivery: Delivery, at: datetime, **_: Any) -> None:
    """A message about a ticket never arrived: its ticket says so, and what the other side answered."""
    if delivery.message.about_label != "tickets.ticket":
        return
    ticket = Ticket.objects.filter(pk=delivery.message.about_id).first()
    if ticket is None:
        return
    outbox = system_actor(SystemActor.OUTBOX)
    with acting(by=outbox, channel="outbox", reason="a message was not delivered"):
        note_ticket(
            ticket,
            body=f"Not delivered: {delivery.message.purpose} to {delivery.address} by {delivery.kind}"
            f" after {delivery.attempts} tries. Last answer: {delivery.last_error}",
            by=outbox,
            at=at,
        )
