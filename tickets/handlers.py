"""What tickets hear from the app below."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from communications.models import Delivery, DeliveryState, Message
from communications.news import KIND as WEBHOOK
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import SystemActor, User, system_actor
from tickets.files import files_only_of
from tickets.models import ChatDeadline, Status, Ticket, TicketDeadline
from tickets.workflow.note import note_ticket


def end_tickets(customer: Customer, at: datetime, using: str, **_: Any) -> None:
    """Nobody is left to answer: an erased customer's tickets are closed, and what they still owe is cancelled."""
    unfinished = Ticket.objects.using(using).filter(customer=customer).exclude(status=Status.CLOSED)
    for promises in (TicketDeadline, ChatDeadline):
        promises.objects.using(using).open().filter(ticket__in=unfinished).cancel(at, reason="customer erased")
    unfinished.update_in_queue(status=Status.CLOSED, hold_reason="", closed_at=at)


def remove_files(customer: Customer, using: str, **_: Any) -> None:
    """An erased customer's files leave the disk once the erasure is committed (if that is cut: ``tidy_files``)."""

    def remove() -> None:
        for path in files_only_of(customer):
            path.unlink(missing_ok=True)

    transaction.on_commit(remove, using=using)


def note_bounce(
    address: str, message: Message, is_permanent: bool, said: str, at: datetime, by: User, **_: Any
) -> None:
    """An address refused a mail about a ticket: its ticket says so. Heard in the act of who took the report in."""
    ticket = Ticket.objects.filter(pk=message.about_id).first() if message.about_label == "tickets.ticket" else None
    if ticket is None or ticket.customer.erased_at:
        return
    what = "Refused for good" if is_permanent else "Not delivered yet"
    note_ticket(
        ticket,
        body=f"{what}: {message.purpose} to {address}. Their server said: {said.strip() or 'nothing'}",
        by=by,
        at=at,
    )


def note_failed_delivery(delivery: Delivery, at: datetime, **_: Any) -> None:
    """A message about a ticket never arrived: its ticket says so, and what the other side answered."""
    _note(
        delivery,
        f"Not delivered: {delivery.message.purpose} to {delivery.address} by {delivery.kind}"
        f" after {delivery.attempts} tries. Last answer: {delivery.last_error}",
        at=at,
    )


def note_parked_delivery(delivery: Delivery, at: datetime, **_: Any) -> None:
    """A message about a ticket was kept back: its ticket says so once, however many a robot makes the desk write."""
    message = delivery.message
    about_it = Delivery.objects.filter(message__about_label=message.about_label, message__about_id=message.about_id)
    if about_it.filter(state=DeliveryState.PARKED).exclude(pk=delivery.pk).exists():
        return
    _note(
        delivery,
        f"Parked: {message.purpose} to {delivery.address} by {delivery.kind}. {delivery.waiting_reason}"
        " It leaves when somebody sends it again from its delivery; others that are parked with it are not noted.",
        at=at,
    )


def _note(delivery: Delivery, words: str, *, at: datetime) -> None:
    """A note of the outbox's on the ticket that a delivery is about, if it is about one."""
    message = delivery.message
    if delivery.kind == WEBHOOK:  # what a tool missed stands in its own log
        return
    ticket = Ticket.objects.filter(pk=message.about_id).first() if message.about_label == "tickets.ticket" else None
    if ticket is None:
        return
    outbox = system_actor(SystemActor.OUTBOX)
    with acting(by=outbox, channel="outbox", reason="a message was not delivered"):
        note_ticket(ticket, body=words, by=outbox, at=at)
