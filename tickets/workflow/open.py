"""open_tickets: triage, promise, greet; open_ticket is its case of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from communications.send import send_messages
from communications.words import words
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Invalid, NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.language import Language
from financy_support.desk.people.severity import Severity
from financy_support.desk.people.user import User, UserKind
from financy_support.desk.statement import insert
from financy_support.desk.wording import require_words
from tickets.files import Upload, attach
from tickets.in_hand import deadline_of, note_next_due
from tickets.messages import greeting_of
from tickets.models import CHAT, ChatVisitor, DeadlineKind, Reply, Ticket, Voice
from tickets.news import TicketNews, tell_of_many
from tickets.policy import Policy, policy
from tickets.promises import Promise, resolution_promise, response_promise, tier_promises
from tickets.triage import triage

LONGEST_SUBJECT, LONGEST_BODY = 250, 100_000
USUAL_CHANNEL = "email_support"


@dataclass(frozen=True)
class Question:
    """What somebody asks.

    ``category`` and ``channel`` are codes; ``severity`` one of critical, high, medium, low, stated by the customer or
    set by staff (design §8, 23); ``language`` en, pt or es, the customer's when empty; ``source`` is an import's;
    ``is_said_in_chat``: ``say_in_chat`` asks.
    """

    customer: Customer
    subject: str
    description: str
    category: str = "other"
    severity: str = Severity.MEDIUM
    channel: str = USUAL_CHANNEL
    language: str = ""
    source: str | None = None
    uploads: Sequence[Upload] = ()
    is_said_in_chat: bool = False


def open_ticket(
    *,
    customer: Customer,
    subject: str,
    description: str,
    category: str = "other",
    severity: str = Severity.MEDIUM,
    channel: str = USUAL_CHANNEL,
    language: str = "",
    source: str | None = None,
    uploads: Sequence[Upload] = (),
    greeting: bool = True,
    is_said_in_chat: bool = False,
    by: User,
    at: datetime,
) -> Ticket:
    """Open one ticket; see :class:`Question` and :func:`open_tickets`."""
    question = Question(
        customer, subject, description, category, severity, channel, language, source, uploads, is_said_in_chat
    )
    return open_tickets([question], greeting=greeting, by=by, at=at)[0]


def open_tickets(questions: Sequence[Question], *, greeting: bool = True, by: User, at: datetime) -> list[Ticket]:
    """Open tickets: choose tier and team, start the deadlines, tell each customer when to expect an answer.

    ``greeting`` False keeps imported questions silent. The statements are as many for one as for hundreds.
    Raises Invalid naming the refused field, NotAllowed when a customer asks in another's name; then none is opened.
    Source: handbook 'automatic_escalation.severity_based', 'sla_targets', 'sendInitialResponse'.
    """
    current_act(by)
    _require_customers([question.customer for question in questions], by)
    rules = policy()
    tickets = [_ticket(question, rules, by, at) for question in questions]
    promised = [
        [deadline_of(ticket, promise, at) for promise in promises_at_the_door(rules, ticket, at)] for ticket in tickets
    ]
    replies = [_opening(ticket, question, by, at) for ticket, question in zip(tickets, questions, strict=True)]
    for ticket, deadlines in zip(tickets, promised, strict=True):
        note_next_due(ticket, deadlines)
    insert(tickets)
    for ticket, reply, deadlines in zip(tickets, replies, promised, strict=True):
        reply.ticket = ticket  # it has its id only now
        for deadline in deadlines:
            deadline.ticket = ticket
    insert(replies)
    insert([deadline for deadlines in promised for deadline in deadlines])
    for reply, question in zip(replies, questions, strict=True):
        attach(question.uploads, reply=reply, by=by, at=at)
    if greeting:
        said = [
            greeting_of(ticket, promised=deadlines[0].target, by=by)
            for ticket, deadlines in zip(tickets, promised, strict=True)
        ]
        send_messages(said, by=by, at=at)
    tell_of_many(TicketNews.OPENED, ((ticket, {}) for ticket in tickets), by=by, at=at)
    return tickets


def promises_at_the_door(rules: Policy, ticket: Ticket, at: datetime) -> list[Promise]:
    """First response first, then resolution, then what its tier promises."""
    channel = words().channels.get(ticket.channel)
    return [
        response_promise(rules, kind=DeadlineKind.FIRST_RESPONSE, severity=ticket.severity, channel=channel, at=at),
        resolution_promise(rules, severity=ticket.severity),
        *tier_promises(rules, severity=ticket.severity, tier=ticket.tier_id),
    ]


def _require_customers(customers: Sequence[Customer], by: User) -> None:
    if by.kind == UserKind.CUSTOMER and not all(_may_ask_for(customer, by) for customer in customers):
        raise NotAllowed("A customer opens tickets in their own name only. Leave “customer” out.")
    if by.kind == UserKind.EDITOR or (by.kind == UserKind.TOOL and "tickets:write" not in by.scopes):
        raise NotAllowed("Opening tickets needs the scope tickets:write. Ask an administrator for a token with it.")
    wanted = {customer.pk for customer in customers}
    if Customer.objects.hold_in_place(wanted) != wanted:
        raise Invalid(
            "This customer was erased at their own wish; open the ticket for somebody else.", field="customer"
        )


def _may_ask_for(customer: Customer, by: User) -> bool:
    return customer.user_id == by.pk or ChatVisitor.objects.filter(person=by, customer=customer).exists()


def _ticket(question: Question, rules: Policy, by: User, at: datetime) -> Ticket:
    """The ticket of a question that may be asked, not yet written."""
    severity = _known(Severity, question.severity, "severity")
    language = _known(Language, question.language or question.customer.language, "language")
    subject = require_words(question.subject, field="subject", longest=LONGEST_SUBJECT)
    channel = question.channel
    if by.kind == UserKind.CUSTOMER and channel != (CHAT if question.is_said_in_chat else USUAL_CHANNEL):
        raise Invalid("The desk itself notes by which channel a question came. Leave “channel” out.", field="channel")
    if channel not in words().channels:
        raise Invalid(f"No channel {channel!r}. Use one of: {', '.join(sorted(words().channels))}.", field="channel")
    category = rules.category(question.category)
    route = triage(rules, severity=severity, category=category)
    return Ticket(
        subject=subject,
        customer=question.customer,
        severity=severity,
        category=category,
        issue_type=category.issue_type,
        is_security=category.is_security,
        tier=rules.tiers[route.tier],
        team=route.team,
        language=language,
        channel=channel,
        created_at=at,
        opened_by=by,
        entered_tier_at=at,
        last_word_by=Voice.CUSTOMER,
        last_word_at=at,
        source=question.source,
    )


def _opening(ticket: Ticket, question: Question, by: User, at: datetime) -> Reply:
    """The question's own words, as the first reply."""
    return Reply(
        ticket=ticket,
        voice=Voice.CUSTOMER,
        author=by,
        is_opening=True,
        channel=ticket.channel,
        subject=ticket.subject,
        body=require_words(question.description, field="description", longest=LONGEST_BODY),
        created_at=at,
    )


def _known(choices: type[Severity] | type[Language], value: str, field: str) -> str:
    if value not in choices.values:
        raise Invalid(f"{value!r} is no {field}. Use one of: {', '.join(choices.values)}.", field=field)
    return value
