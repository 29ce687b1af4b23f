"""The front door of everything that is said: writes the message and its delivery in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from communications.addresses import new_message_id
from communications.channels import pace_of
from communications.compose import compose
from communications.gates import is_place, pace_gates
from communications.models import Delivery, DeliveryState, Destination, Message, Priority
from communications.ways import Way, quiet_until, way_of
from communications.words import Words, words
from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User
from financy_support.desk.statement import insert


@dataclass(frozen=True)
class About:
    """What a message is about, without its class: label (tickets.ticket), id, printed reference."""

    label: str
    id: int
    reference: str


@dataclass(frozen=True)
class Draft:
    """One thing to say to a customer, to somebody of the staff or to a place; ``facts`` fill ``purpose``'s template.

    ``given`` fills what the facts leave empty. ``urgency`` is its place in the queue; ``priority`` is what the
    handbook's record of it says.
    """

    purpose: str
    to: Customer | User | Destination
    about: About
    language: str
    facts: Mapping[str, str]
    given: Mapping[str, str] = field(default_factory=dict)
    severity: str = ""
    update_type: str = ""
    priority: str = ""
    expected_response_time: timedelta | None = None
    escalation_level: str = ""
    is_automatic: bool = True
    urgency: Priority = Priority.USUAL
    channel: str = ""  # code; chosen by who knows where the customer is, empty: by the desk
    channel_reason: str = ""
    has_own_limit: bool = False  # whoever asked is counted by the verb: it uses up nobody's budget and waits for none
    calendar: str = ""  # an entry (iCalendar, RFC 5545) that goes with a mail


def send_message(draft: Draft, *, by: User, at: datetime) -> Message:
    """Say one thing; see :func:`send_messages`."""
    return send_messages([draft], by=by, at=at)[0]


def send_messages(drafts: Sequence[Draft], *, by: User, at: datetime) -> list[Message]:
    """Write each draft as a Message with one Delivery, to leave once the transaction commits (design §5).

    Nothing is sent here. What cannot leave by its way is parked with the reason. What is said to an erased customer is
    written down with no Delivery: it goes nowhere.
    Raises ``Unfilled`` when a fact is missing, ``Conflict`` when there is no template.
    Source: handbook 'Customer Communication Management' (sendMessage, logCommunication).
    """
    current_act(by)
    wording = words()
    ways = [way_of(draft, wording, at) for draft in drafts]
    messages = [_message(draft, way, wording, by, at) for draft, way in zip(drafts, ways, strict=True)]
    insert(messages)
    insert(
        [
            _delivery(message, draft, way, quiet_until(wording.quiet_hours.get(way.kind), draft.to, draft.urgency, at))
            for message, draft, way in zip(messages, drafts, ways, strict=True)
            if not (isinstance(draft.to, Customer) and draft.to.erased_at)
        ]
    )
    paces = {way.gate: pace_of(way.kind) for way in ways if is_place(way.gate)}
    if paces:
        pace_gates(paces, at=at)
    return messages


def facts_of(recipient: Customer | User | Destination) -> dict[str, str]:
    """The facts that every template may use: ``ALWAYS`` to a customer, ``ALWAYS_TO_STAFF`` to others (purposes.py)."""
    if isinstance(recipient, Customer):
        named = {"customer_name": recipient.name, "customer_email": recipient.email}
    else:
        named = {"person_name": recipient.name}
    return {**named, "support_address": settings.DESK_SUPPORT_ADDRESS}


def _message(draft: Draft, way: Way, wording: Words, by: User, at: datetime) -> Message:
    template = wording.template(draft.purpose, severity=draft.severity, language=draft.language, channel=way.channel)
    known = {name: fact for name, fact in {**facts_of(draft.to), **draft.facts}.items() if fact.strip()}
    composed = compose(subject=template.subject, body=template.body, facts={**draft.given, **known})
    return Message(
        purpose=draft.purpose,
        customer=draft.to if isinstance(draft.to, Customer) else None,
        person=draft.to if isinstance(draft.to, User) else None,
        destination=draft.to if isinstance(draft.to, Destination) else None,
        about_label=draft.about.label,
        about_id=draft.about.id,
        about_reference=draft.about.reference,
        language=template.language,
        channel=way.channel,
        channel_reason=way.reason,
        severity=draft.severity,
        update_type=draft.update_type,
        priority=draft.priority,
        expected_response_time=draft.expected_response_time,
        escalation_level=draft.escalation_level,
        is_automatic=draft.is_automatic,
        subject=composed.subject,
        body=composed.body,
        calendar=draft.calendar,
        message_id=new_message_id(),
        created_at=at,
        by=by,
    )


def _delivery(message: Message, draft: Draft, way: Way, when: tuple[datetime, str]) -> Delivery:
    """What cannot leave by its way is parked with the reason, and can be released: it is never dropped."""
    due_at, postponed = when
    return Delivery(
        message=message,
        destination=message.destination,
        kind=way.kind,
        address=way.address,
        gate=way.gate,
        priority=draft.urgency,
        state=DeliveryState.PARKED if way.closed else DeliveryState.QUEUED,
        is_budgeted=draft.is_automatic
        and not draft.has_own_limit
        and way.kind == "email"
        and isinstance(draft.to, Customer),
        waiting_reason=way.closed or postponed,
        due_at=due_at,
    )
