"""Which ticket a mail belongs to, and who of those who take part in it wrote it. A subject is only ever a hint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models.functions import Substr

from communications.addresses import ReplyToken, is_ours, token_in
from communications.inbound.keep import Envelope
from communications.inbound.limits import LARGEST_HEAD, head_of
from communications.inbound.parsed import ParsedMail
from communications.models import InboundMail, Message, RawMail
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User
from tickets.chat import is_unproven
from tickets.models import Ticket
from tickets.models.ticket import pk_of

ABOUT = "tickets.ticket"
REFERENCE = re.compile(r"\bFIN-\d{6,15}\b", re.IGNORECASE)
# One result of RFC 8601 §2.2: dmarc=pass, with the domain that the visible sender has.
DMARC = re.compile(r";\s*dmarc\s*=\s*pass\b[^;]*\bheader\.from\s*=\s*([\w.-]+)", re.IGNORECASE)

ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}", re.ASCII)
IDS = re.compile(r"<[^<>@\s]{1,120}@[^<>@\s]{1,120}>")


@dataclass(frozen=True)
class Thread:
    """A ticket, the rule that led to it, and the signed address's word on whom it was given to, where it had one."""

    ticket: Ticket
    rule: str
    token: ReplyToken | None = None


def thread_of(mail: ParsedMail, envelope: Envelope) -> Thread | None:
    """By the signed plus-address, then by a Message-ID that this desk made (reliability M3); nothing else threads."""
    for address in (*envelope.recipients, *mail.recipients):
        token = token_in(address)
        ticket = _ticket(pk_of(token.reference)) if token else None
        if token and ticket:
            return Thread(ticket, "token", token)
    ours = [one for one in mail.answered_ids if is_ours(one)]
    about = dict(Message.objects.filter(message_id__in=ours, about_label=ABOUT).values_list("message_id", "about_id"))
    for one in ours:
        ticket = _ticket(about.get(one))
        if ticket:
            return Thread(ticket, "message_id")
    return None


def glimpsed(mail: InboundMail) -> Ticket | None:
    """The ticket that a mail which nobody reads may belong to, so that it is as secret: by its first bytes alone."""
    start: Any = RawMail.objects.values_list(Substr("content", 1, LARGEST_HEAD), flat=True).get(mail=mail)
    head = head_of(bytes(start)).decode("ascii", "replace")
    seen = ParsedMail(recipients=[one.lower() for one in ADDRESS.findall(head)], references=IDS.findall(head))
    thread = thread_of(seen, Envelope(mail.envelope_from, mail.envelope_to))
    return thread.ticket if thread else None


def hint_of(mail: ParsedMail) -> Ticket | None:
    """What anybody could have written: a reference in the subject, or the Message-ID of a mail that came in before."""
    for pk in _hinted(mail):
        ticket = _ticket(pk)
        if ticket:
            return ticket
    return None


def participant(sender: str, ticket: Ticket) -> Customer | None:
    """The customer who asked, or a colleague where their organisation shares; never by the address of anybody else.

    Nobody by mail on what a visitor opened: whoever has the address may be another, and the visitor reads along.
    """
    if ticket.customer.erased_at or is_unproven(ticket):
        return None
    if ticket.customer.email.lower() == sender:
        return ticket.customer
    organisation = ticket.customer.organisation
    if organisation is None or not organisation.shares_tickets or ticket.is_security:
        return None
    return Customer.objects.filter(organisation=organisation, email__iexact=sender, erased_at__isnull=True).first()


def staff_behind(sender: str) -> User | None:
    """Somebody with a log-in that is no customer's has this address."""
    return User.objects.filter(email__iexact=sender).exclude(kind="customer").first()


def is_authenticated(mail: ParsedMail) -> bool:
    """Whether our own mail server says that DMARC passed for the sender's domain (M1, M2).

    Only the topmost header of DESK_AUTHSERV_ID counts; whoever forges one below it, or names another server, says
    nothing. Without the setting nobody is believed.
    """
    ours = settings.DESK_AUTHSERV_ID.lower()
    said = mail.authentication[0] if ours and mail.authentication else ""
    if not said or said.partition(";")[0].split()[:1] != [ours]:
        return False
    passed = DMARC.search(said)
    return passed is not None and passed[1].lower() == mail.sender.rpartition("@")[2]


def _hinted(mail: ParsedMail) -> Iterator[int | None]:
    for reference in REFERENCE.findall(mail.subject)[:3]:
        yield pk_of(reference)
    known = InboundMail.objects.filter(message_id__in=mail.answered_ids, about_label=ABOUT).order_by("-id")
    yield from known.values_list("about_id", flat=True)[:3]


def _ticket(pk: int | None) -> Ticket | None:
    if pk is None:
        return None
    return Ticket.objects.select_related("customer__organisation").filter(pk=pk).first()
