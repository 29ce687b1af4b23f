"""take_in_mail: what a mail becomes (reply, new ticket, note, bounce on record), or why it waits for a person."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from communications.inbound.automatic import Sign, sign_of
from communications.inbound.keep import Envelope
from communications.inbound.limits import body_of
from communications.inbound.parsed import ParsedMail
from communications.inbound.trim import trim_reply
from communications.language_of import language_of
from communications.models import Became, InboundMail, MailState, Message
from communications.workflow.record_bounce import record_bounce
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import DeskError
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import SystemActor, User, system_actor
from tickets.files import NoRoom, Upload, keep_all
from tickets.log_in import log_in_of
from tickets.mail_brakes import Brake, brake_on_reply, brake_on_ticket, is_first_alarm, may_acknowledge
from tickets.mail_thread import ABOUT, Thread, hint_of, is_authenticated, participant, staff_behind, thread_of
from tickets.messages import acknowledge_mail, greet
from tickets.models import DeadlineKind, Reply, Status, Ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.open import LONGEST_BODY, LONGEST_SUBJECT, open_ticket
from tickets.workflow.reply import reply_to_ticket

CHANNEL = "mail"
USED_UP = "… (The mail goes on; all of it is kept as it came.)"
FILES_LEFT = "Its files were not stored: the disk is nearly full. They are in the kept mail."


@dataclass(frozen=True)
class Decision:
    """What to do with one mail and in whose name. ``do`` makes it so and says what it became; None parks it."""

    rule: str
    why: str
    by: User
    do: Callable[[], tuple[Became, Ticket | None, Reply | None]] | None = None
    customer: Customer | None = None
    suggested: Ticket | None = None
    brake: Brake | None = None


def take_in_mail(mail: InboundMail, parsed: ParsedMail, *, at: datetime) -> InboundMail:
    """Decide about a mail that waits, whose row the caller holds locked, and write down what it became and why.

    It opens its acts itself: a customer's words are the customer's act, all else the mail room's. What the verbs refuse
    is parked with their reason. A released mail skips the brakes, never the question who wrote it.
    Source: design §5 'Inbound', reliability 2c M1–M7.
    """
    room = system_actor(SystemActor.MAIL)
    with acting(by=room, channel=CHANNEL, reason="a mail came in"):
        _note_headers(mail, parsed)
        decision = _decide(mail, parsed, room, at)
    if decision.do:
        try:
            with acting(by=decision.by, channel=CHANNEL, reason=f"mail {mail.pk}: {decision.rule}"):
                became, ticket, reply = decision.do()
                return _settle(mail, parsed, decision, became, ticket, reply, at)
        except DeskError as refusal:
            decision = replace(decision, do=None, rule="refused", why=refusal.detail)
    return park_mail(mail, decision.rule, decision.why, suggested=decision.suggested, brake=decision.brake, at=at)


def park_mail(
    mail: InboundMail,
    rule: str,
    why: str,
    *,
    suggested: Ticket | None = None,
    brake: Brake | None = None,
    sender: str = "",
    at: datetime,
) -> InboundMail:
    """Leave a mail for a person to look at; the first of a loop tells them on its ticket.

    ``sender`` is the return path of one that was not read.
    """
    room = system_actor(SystemActor.MAIL)
    with acting(by=room, channel=CHANNEL, reason=f"mail {mail.pk} parked: {rule}"):
        if brake and brake.ticket and is_first_alarm(brake, at):
            note_ticket(
                brake.ticket,
                body=f"Mail from {mail.sender} is being parked. {why} Look at Inbound mail, release or discard there.",
                by=room,
                at=at,
            )
        mail.state, mail.rule, mail.why, mail.settled_at = MailState.PARKED, rule, why, at
        mail.sender = mail.sender or sender[:320]
        suggested = suggested or (brake.ticket if brake else None)
        if suggested:
            mail.suggested_label, mail.suggested_id = ABOUT, suggested.pk
            mail.suggested_reference = suggested.reference
        mail.save()
    return mail


def _note_headers(mail: InboundMail, parsed: ParsedMail) -> None:
    mail.sender = parsed.sender[:320]
    mail.subject = parsed.subject[:LONGEST_SUBJECT]
    mail.message_id = parsed.message_id[:250]


def _decide(mail: InboundMail, parsed: ParsedMail, room: User, at: datetime) -> Decision:
    """The gates in their order: known already, a robot's, nobody's, staff's, then the thread, then a new ticket."""
    envelope = Envelope(mail.envelope_from, mail.envelope_to)
    twin = _twin(mail)
    if twin and not mail.is_link_accepted:
        return Decision(
            "known",
            f"The same mail as #{twin.pk}, which came by another way.",
            room,
            lambda: (Became.NOTHING, _ticket_of(twin), None),
        )
    thread = thread_of(parsed, envelope)
    sign = sign_of(parsed, envelope)
    if sign and not (mail.state == MailState.RELEASED and sign.kind in ("bulk", "automatic", "desk")):
        return _from_robot(parsed, sign, thread, room, at)
    if not parsed.sender:
        named = thread.ticket if thread else None
        return Decision("nobody", "It names no sender that could be answered.", room, suggested=named)
    if mail.is_link_accepted:
        return _by_link(mail, parsed, room, at)
    staff = staff_behind(parsed.sender)
    if staff:
        return _from_staff(parsed, staff, thread, room, at)
    return _from_customer(mail, parsed, thread, room, at)


def _twin(mail: InboundMail) -> InboundMail | None:
    """A mail taken in before, with the same sender, Message-ID and words: only its way here was another."""
    if not mail.message_id:
        return None
    InboundMail.objects.wait_for_copies(mail.sender, mail.message_id)
    same = InboundMail.objects.filter(message_id=mail.message_id, sender=mail.sender, state=MailState.TAKEN_IN)
    said = body_of(bytes(mail.raw.content))
    others = same.exclude(pk=mail.pk).select_related("raw")[:5]
    return next((one for one in others if body_of(bytes(one.raw.content)) == said), None)


def _ticket_of(twin: InboundMail) -> Ticket | None:
    """What its copy became: whoever may not see that may not see this one either."""
    return Ticket.objects.filter(pk=twin.about_id or 0).first() if twin.about_label == ABOUT else None


def thread_named(mail: InboundMail, parsed: ParsedMail) -> Ticket | None:
    """The ticket that a mail's signed address or Message-ID leads to, for one that could not be taken in."""
    thread = thread_of(parsed, Envelope(mail.envelope_from, mail.envelope_to))
    return thread.ticket if thread else None


def _from_robot(parsed: ParsedMail, sign: Sign, thread: Thread | None, room: User, at: datetime) -> Decision:
    """No answer, no reopening, no promise touched: a bounce is recorded, an absence noted, all else parked."""
    why = f"No person wrote it: {sign.why}."
    if sign.kind == "bounce":
        bounced = _bounced_message(parsed, thread)
        if bounced:
            return Decision(
                "bounce", why, room, lambda: (*_record(bounced, parsed, room, at), None), customer=bounced.customer
            )
        why = f"{why} It names no mail of ours, so nothing follows from it."
        return Decision("bounce", why, room, suggested=thread.ticket if thread else None)
    if sign.kind == "automatic" and thread and participant(parsed.sender, thread.ticket):
        ticket = thread.ticket
        return Decision(sign.kind, why, room, lambda: (Became.NOTE, ticket, _note(ticket, parsed, why, room, at)))
    return Decision(sign.kind, why, room, suggested=thread.ticket if thread else None)


def _bounced_message(parsed: ParsedMail, thread: Thread | None) -> Message | None:
    """The message of ours that a report is about, and only when it went to one of the addresses that it names."""
    named = {one.recipient for one in parsed.refusals}
    sent = Message.objects.filter(message_id__in=[*parsed.reported_ids, *parsed.answered_ids])
    for message in sent.prefetch_related("deliveries").select_related("customer")[:10]:
        if any(way.address.lower() in named for way in message.deliveries.all()):
            return message
    return None


def _record(message: Message, parsed: ParsedMail, room: User, at: datetime) -> tuple[Became, Ticket | None]:
    for refusal in parsed.refusals:
        if refusal.action in ("failed", "delayed") and any(
            way.address.lower() == refusal.recipient for way in message.deliveries.all()
        ):
            record_bounce(
                refusal.recipient,
                message=message,
                is_permanent=refusal.action == "failed",
                status=refusal.status,
                said=refusal.said,
                by=room,
                at=at,
            )
    ticket = Ticket.objects.filter(pk=message.about_id).first() if message.about_label == ABOUT else None
    return Became.BOUNCE, ticket


def _from_staff(parsed: ParsedMail, staff: User, thread: Thread | None, room: User, at: datetime) -> Decision:
    """An address alone never speaks as staff: it takes the token given to just this person, and DMARC (M1)."""
    if thread and thread.token and thread.token.person_id == staff.pk and staff.is_agent and is_authenticated(parsed):
        ticket = thread.ticket
        return Decision(
            "staff", "The agent's own signed address, and DMARC passed.", staff,
            lambda: (Became.REPLY, ticket, _reply(ticket, parsed, staff, at)),
        )  # fmt: skip
    why = (
        f"It says that it is from {staff.email}, who works here. From alone proves nothing: staff answer in the desk,"
        " or by mail to an address given to them, through a server that checks DMARC."
    )
    return Decision("unverified", why, room, suggested=thread.ticket if thread else None)


def _from_customer(mail: InboundMail, parsed: ParsedMail, thread: Thread | None, room: User, at: datetime) -> Decision:
    is_released = mail.state == MailState.RELEASED
    who = participant(parsed.sender, thread.ticket) if thread else None
    if thread and who and thread.ticket.status != Status.CLOSED:
        brake = None if is_released else brake_on_reply(thread.ticket, parsed.sender, at)
        if brake:
            return Decision(brake.rule, brake.why, room, brake=brake)
        person, ticket = log_in_of(who), thread.ticket
        return Decision(
            thread.rule, f"It answers {ticket.reference}, and its sender takes part.", person,
            lambda: (Became.REPLY, ticket, _reply(ticket, parsed, person, at)), customer=who,
        )  # fmt: skip
    brake = None if is_released else brake_on_ticket(parsed, at)
    if brake:
        return Decision(brake.rule, brake.why, room, brake=brake)
    customer = _customer(parsed)
    suggested = thread.ticket if thread else hint_of(parsed)
    why = "A new question."
    if thread and who:
        why = f"It answers {thread.ticket.reference}, which is closed."
    elif thread:
        why = f"It has the signed address of {thread.ticket.reference}, but its sender takes no part there."
    elif suggested:
        why = f"It names {suggested.reference}, as anybody could."
    person = log_in_of(customer)
    return Decision(
        "new", why, person, lambda: (Became.TICKET, *_open(customer, parsed, person, at)),
        customer=customer, suggested=suggested,
    )  # fmt: skip


def _by_link(mail: InboundMail, parsed: ParsedMail, room: User, at: datetime) -> Decision:
    """An agent accepted the suggested link: the customer's own words are a reply, anybody else's only a note."""
    ticket = Ticket.objects.select_related("customer__organisation").get(pk=mail.suggested_id or 0)
    who = participant(parsed.sender, ticket)
    if who and ticket.status != Status.CLOSED:
        person = log_in_of(who)
        return Decision(
            "link", "An agent accepted the link.", person,
            lambda: (Became.REPLY, ticket, _reply(ticket, parsed, person, at)), customer=who, suggested=ticket,
        )  # fmt: skip
    why = f"Mail from {parsed.sender}, linked by an agent. Its sender takes no part here: customers do not see it."
    return Decision(
        "link", why, room, lambda: (Became.NOTE, ticket, _note(ticket, parsed, why, room, at)), suggested=ticket
    )


def _customer(parsed: ParsedMail) -> Customer:
    """Who has this address, else a new customer in the language they seem to write."""
    known = Customer.objects.filter(email__iexact=parsed.sender).select_related("user").first()
    if known:
        return known
    name = parsed.sender_name.strip()[:200] or parsed.sender.partition("@")[0]
    language = language_of(f"{parsed.subject}\n{trim_reply(parsed.text)}") or Language.ENGLISH
    return Customer.objects.create(name=name, email=parsed.sender[:254], language=language)


def _open(customer: Customer, parsed: ParsedMail, person: User, at: datetime) -> tuple[Ticket, Reply]:
    """A ticket with the whole text; its greeting holds nothing of it unless the sender is proven (M7)."""
    ticket = open_ticket(
        customer=customer,
        subject=_line(parsed.subject) or _line(parsed.text) or "(no subject)",
        description=_words(parsed.text, parsed),
        greeting=False,
        by=person,
        at=at,
    )
    reply = ticket.replies.get()
    _keep_files(reply, parsed, person, at)
    if may_acknowledge(customer.pk, at):
        promised = ticket.deadlines.get(kind=DeadlineKind.FIRST_RESPONSE).target
        say = greet if is_authenticated(parsed) else acknowledge_mail
        say(ticket, promised=promised, by=person, at=at)
    return ticket, reply


def _reply(ticket: Ticket, parsed: ParsedMail, person: User, at: datetime) -> Reply:
    body = _words(trim_reply(parsed.text), parsed)
    reply = reply_to_ticket(ticket, body=body, is_by_mail=True, by=person, at=at)
    _keep_files(reply, parsed, person, at)
    return reply


def _note(ticket: Ticket, parsed: ParsedMail, why: str, room: User, at: datetime) -> Reply:
    reply = note_ticket(ticket, body=_words(f"{why}\n\n{trim_reply(parsed.text)}", parsed), by=room, at=at)
    _keep_files(reply, parsed, room, at)
    return reply


def _keep_files(reply: Reply, parsed: ParsedMail, by: User, at: datetime) -> None:
    """All of them; on a full disk the words stay, and the files in the kept mail."""
    uploads = [Upload(one.name, one.content_type, one.content) for one in parsed.files]
    with suppress(NoRoom):
        keep_all(uploads, reply=reply, by=by, at=at)


def _words(text: str, parsed: ParsedMail) -> str:
    names = ", ".join(one.name for one in parsed.files[:5])
    said = text.strip() or (f"({names})" if names else "(The mail has no text.)")
    return said if len(said) <= LONGEST_BODY else f"{said[: LONGEST_BODY - 100]}\n{USED_UP}"


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


def _settle(
    mail: InboundMail,
    parsed: ParsedMail,
    decision: Decision,
    became: Became,
    ticket: Ticket | None,
    reply: Reply | None,
    at: datetime,
) -> InboundMail:
    were_left = reply and any(one.content for one in parsed.files) and not reply.attachments.exists()
    why = f"{decision.why} {FILES_LEFT}" if were_left else decision.why
    mail.state, mail.rule, mail.why, mail.settled_at = MailState.TAKEN_IN, decision.rule, why, at
    mail.became, mail.customer = became, decision.customer
    if ticket:
        mail.about_label, mail.about_id, mail.about_reference = ABOUT, ticket.pk, ticket.reference
    mail.reply_id = reply.pk if reply else None
    suggested = decision.suggested
    if suggested and (ticket is None or suggested.pk != ticket.pk):
        mail.suggested_label, mail.suggested_id = ABOUT, suggested.pk
        mail.suggested_reference = suggested.reference
    mail.save()
    return mail
