"""open_ticket: triage, promise, greet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from communications.words import words
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Invalid, NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.language import Language
from financy_support.desk.people.severity import Severity
from financy_support.desk.people.user import User, UserKind
from tickets.files import Upload, attach
from tickets.in_hand import deadline_of, note_next_due
from tickets.messages import greet
from tickets.models import CHAT, ChatVisitor, DeadlineKind, Reply, Ticket, TicketDeadline, Voice
from tickets.policy import Policy, policy
from tickets.promises import Promise, resolution_promise, response_promise, tier_promises
from tickets.triage import triage
from tickets.wording import require_words

LONGEST_SUBJECT, LONGEST_BODY = 250, 100_000
USUAL_CHANNEL = "email_support"


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
    """Open a ticket: choose tier and team, start its deadlines, tell the customer when to expect an answer.

    Parameters: ``category`` and ``channel`` are codes; ``severity`` one of critical, high, medium, low, stated by the
    customer or set by staff (design §8, 23); ``language`` en, pt or es, the customer's when empty; ``source`` names an
    import's row; ``greeting`` False keeps an imported question silent; ``is_said_in_chat``: ``say_in_chat`` calls.
    Raises Invalid naming each refused field, NotAllowed when a customer asks in another's name.
    Source: handbook 'automatic_escalation.severity_based', 'sla_targets', 'sendInitialResponse'.
    """
    current_act(by)
    _require_customer(customer, by)
    severity = _known(Severity, severity, "severity")
    language = _known(Language, language or customer.language, "language")
    subject = require_words(subject, field="subject", longest=LONGEST_SUBJECT)
    description = require_words(description, field="description", longest=LONGEST_BODY)
    if by.kind == UserKind.CUSTOMER and channel != (CHAT if is_said_in_chat else USUAL_CHANNEL):
        raise Invalid("The desk itself notes by which channel a question came. Leave “channel” out.", field="channel")
    if channel not in words().channels:
        raise Invalid(f"No channel {channel!r}. Use one of: {', '.join(sorted(words().channels))}.", field="channel")
    rules = policy()
    chosen = rules.category(category)
    route = triage(rules, severity=severity, category=chosen)
    ticket = Ticket(
        subject=subject,
        customer=customer,
        severity=severity,
        category=chosen,
        issue_type=chosen.issue_type,
        is_security=chosen.is_security,
        tier=rules.tiers[route.tier],
        team=route.team,
        language=language,
        channel=channel,
        created_at=at,
        opened_by=by,
        entered_tier_at=at,
        last_word_by=Voice.CUSTOMER,
        last_word_at=at,
        source=source,
    )
    deadlines = [deadline_of(ticket, promise, at) for promise in promises_at_the_door(rules, ticket, at)]
    note_next_due(ticket, deadlines)
    ticket.save(force_insert=True)
    reply = Reply.objects.create(
        ticket=ticket,
        voice=Voice.CUSTOMER,
        author=by,
        is_opening=True,
        channel=channel,
        subject=subject,
        body=description,
        created_at=at,
    )
    for deadline in deadlines:
        deadline.ticket = ticket
    TicketDeadline.objects.bulk_create(deadlines)
    attach(uploads, reply=reply, by=by, at=at)
    if greeting:
        greet(ticket, promised=deadlines[0].target, by=by, at=at)
    return ticket


def promises_at_the_door(rules: Policy, ticket: Ticket, at: datetime) -> list[Promise]:
    """First response first, then resolution, then what its tier promises."""
    channel = words().channels.get(ticket.channel)
    return [
        response_promise(rules, kind=DeadlineKind.FIRST_RESPONSE, severity=ticket.severity, channel=channel, at=at),
        resolution_promise(rules, severity=ticket.severity),
        *tier_promises(rules, severity=ticket.severity, tier=ticket.tier_id),
    ]


def _require_customer(customer: Customer, by: User) -> None:
    if by.kind == UserKind.CUSTOMER and customer.user_id != by.pk and not _speaks_for(customer, by):
        raise NotAllowed("A customer opens tickets in their own name only. Leave “customer” out.")
    if by.kind == UserKind.EDITOR or (by.kind == UserKind.TOOL and "tickets:write" not in by.scopes):
        raise NotAllowed("Opening tickets needs the scope tickets:write. Ask an administrator for a token with it.")
    if not Customer.objects.hold_in_place(customer.pk):
        raise Invalid(
            "This customer was erased at their own wish; open the ticket for somebody else.", field="customer"
        )


def _speaks_for(customer: Customer, visitor: User) -> bool:
    return ChatVisitor.objects.filter(person=visitor, customer=customer).exists()


def _known(choices: type[Severity] | type[Language], value: str, field: str) -> str:
    if value not in choices.values:
        raise Invalid(f"{value!r} is no {field}. Use one of: {', '.join(choices.values)}.", field=field)
    return value
