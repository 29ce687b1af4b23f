"""What tickets hear from the app below."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from communications.models import Delivery
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import SystemActor, system_actor
from tickets.files import files_only_of
from tickets.models import Ticket
from tickets.workflow.note import note_ticket


def remove_files(customer: Customer, **_: Any) -> None:
    """An erased customer's files leave the disk once the erasure is committed."""
    paths = files_only_of(customer)
    transaction.on_commit(lambda: [path.unlink(missing_ok=True) for path in paths])


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
