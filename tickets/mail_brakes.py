"""Brakes on what comes in by mail: loops that nobody marked, bombs, floods (reliability M5, M6). They park and show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from communications.inbound.parsed import ParsedMail
from communications.models import Became, InboundMail, MailState, Message
from knowledge.purposes import FEEDBACK_RECEIVED
from tickets.mail_thread import ABOUT
from tickets.models import Reply, Ticket, Voice
from tickets.purposes import SIGN_IN_LINK

HOUR = timedelta(hours=1)
MOST_TICKETS = 20  # new ones an hour from one address
MOST_REPLIES = 10  # an hour from one address on one ticket, since an agent last spoke
MOST_PARKED = 30  # an hour from one return path, before the next are parked unread
MOST_ACKNOWLEDGEMENTS = 5  # an hour to one address
LONG_ENOUGH = 7  # letters of a subject that say the same when another one ends with them
PREFIX = re.compile(
    r"^\W*((re|aw|fwd?|res|enc|rv|sv|vs|tr|auto\w*|ticket)\b\s*(\[\d+\])?\s*[:#-]|\[[^\]]{1,60}\])\s*", re.IGNORECASE
)


@dataclass(frozen=True)
class Brake:
    """Why a mail is parked, and the ticket where staff are told, if there is one."""

    rule: str
    why: str
    ticket: Ticket | None = None


def brake_unread(mail: InboundMail, at: datetime) -> Brake | None:
    """A bomb: so many of this return path's mails were parked within the hour that the next ones are not even read."""
    if not mail.envelope_from:
        return None
    parked = InboundMail.objects.lately_from(mail.envelope_from, at=at, within=HOUR).filter(state=MailState.PARKED)
    if parked.count() < MOST_PARKED:
        return None
    return Brake(
        "bomb", f"More than {MOST_PARKED} mails of {mail.envelope_from} were parked within the hour: not read."
    )


def brake_on_reply(ticket: Ticket, sender: str, at: datetime) -> Brake | None:
    """More answers than a person writes, with no person's word of ours between them."""
    spoke = Reply.objects.filter(ticket=ticket, voice=Voice.AGENT, is_internal=False).order_by("-id").first()
    since = max(at - HOUR, spoke.created_at) if spoke else at - HOUR
    count = _taken_in(sender, since, at).filter(became=Became.REPLY, about_label=ABOUT, about_id=ticket.pk).count()
    if count < MOST_REPLIES:
        return None
    return Brake("loop", f"{count} mails of this sender came for {ticket.reference} within an hour: a loop?", ticket)


def brake_on_ticket(mail: ParsedMail, at: datetime) -> Brake | None:
    """The same again from one sender within the hour that we acknowledged the first, or too many in an hour."""
    recent = list(
        _taken_in(mail.sender, at - HOUR, at)
        .filter(became=Became.TICKET)
        .order_by("-id")
        .values_list("about_id", "subject")
    )
    if len(recent) >= MOST_TICKETS:
        return Brake("flood", f"{len(recent)} new tickets from this sender within an hour; {MOST_TICKETS} is the most.")
    plain = plain_subject(mail.subject)
    for pk, subject in recent if plain else []:
        earlier = plain_subject(subject)
        if earlier == plain or (len(earlier) > LONG_ENOUGH and plain.endswith(earlier)):
            ticket = Ticket.objects.filter(pk=pk).first()
            said = ticket.reference if ticket else "a ticket"
            return Brake("loop", f"It says again what opened {said} within the hour: a loop, or sent twice?", ticket)
    return None


def may_acknowledge(customer_id: int, at: datetime) -> bool:
    """Whether one more automatic mail to this address stays within the hour's budget."""
    sent = Message.objects.filter(customer=customer_id, is_automatic=True, created_at__gt=at - HOUR)
    # those have a limit of their own, and anybody may ask for one
    sent = sent.exclude(purpose__in=(SIGN_IN_LINK, FEEDBACK_RECEIVED))
    return sent[:MOST_ACKNOWLEDGEMENTS].count() < MOST_ACKNOWLEDGEMENTS


def is_first_alarm(brake: Brake, at: datetime) -> bool:
    """Staff are told once a day about one loop, however many mails it makes."""
    if brake.ticket is None:
        return False
    parked = InboundMail.objects.filter(rule=brake.rule, suggested_label=ABOUT, suggested_id=brake.ticket.pk)
    return not parked.filter(received_at__gt=at - timedelta(days=1)).exclude(state=MailState.RECEIVED).exists()


def plain_subject(subject: str) -> str:
    """Without the prefixes and numbers that mail programs and desks put before it."""
    before, said = None, subject
    while before != said:
        before, said = said, PREFIX.sub("", said, count=1)
    return " ".join(re.sub(r"\d+", "", said).lower().split())


def _taken_in(sender: str, since: datetime, until: datetime) -> Any:
    """A sender's mails that went through, by when they came."""
    return InboundMail.objects.filter(
        sender__iexact=sender, state=MailState.TAKEN_IN, received_at__gt=since, received_at__lte=until
    )
