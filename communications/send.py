"""The front door of everything that is said: writes the message and its delivery in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from communications.channels import CHANNELS
from communications.compose import compose
from communications.models import Delivery, Message
from communications.words import Words, words
from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User

EMAIL = "email_support"


@dataclass(frozen=True)
class About:
    """What a message is about, without its class: label (tickets.ticket), id, printed reference."""

    label: str
    id: int
    reference: str


@dataclass(frozen=True)
class Draft:
    """One thing to say to one customer; ``facts`` fill the template of ``purpose``."""

    purpose: str
    to: Customer
    about: About
    language: str
    facts: Mapping[str, str]
    severity: str = ""
    update_type: str = ""
    priority: str = ""
    expected_response_time: timedelta | None = None
    escalation_level: str = ""
    is_automatic: bool = True


def send_message(draft: Draft, *, by: User, at: datetime) -> Message:
    """Say one thing; see :func:`send_messages`."""
    return send_messages([draft], by=by, at=at)[0]


def send_messages(drafts: Sequence[Draft], *, by: User, at: datetime) -> list[Message]:
    """Write each draft as a Message with one Delivery, to leave once the transaction commits (design §5).

    Nothing is sent here. What is said to an erased customer is written down with no Delivery: it goes nowhere.
    Raises ``Unfilled`` when a fact is missing, ``Conflict`` when there is no template.
    Source: handbook 'Customer Communication Management' (sendMessage, logCommunication).
    """
    current_act(by)
    wording = words()
    chosen = [_channel_for(draft, wording) for draft in drafts]
    messages = [_message(draft, channel, wording, by, at) for draft, channel in zip(drafts, chosen, strict=True)]
    Message.objects.bulk_create(messages)
    Delivery.objects.bulk_create(
        Delivery(message=message, kind=wording.channels[channel].kind, address=draft.to.email, due_at=at)
        for message, draft, channel in zip(messages, drafts, chosen, strict=True)
        if not draft.to.erased_at
    )
    return messages


def facts_of(customer: Customer) -> dict[str, str]:
    """The facts that every template may use."""
    return {
        "customer_name": customer.name,
        "customer_email": customer.email,
        "support_address": settings.DESK_SUPPORT_ADDRESS,
    }


def _channel_for(draft: Draft, wording: Words) -> str:
    """The preferred channel where the desk can write there in that language, else e-mail."""
    preferred = wording.channels.get(draft.to.preferred_channel)
    if preferred and preferred.kind in CHANNELS and preferred.speaks(draft.language):
        return preferred.code
    return EMAIL


def _message(draft: Draft, channel: str, wording: Words, by: User, at: datetime) -> Message:
    template = wording.template(draft.purpose, severity=draft.severity, language=draft.language, channel=channel)
    composed = compose(subject=template.subject, body=template.body, facts={**facts_of(draft.to), **draft.facts})
    return Message(
        purpose=draft.purpose,
        customer=draft.to,
        about_label=draft.about.label,
        about_id=draft.about.id,
        about_reference=draft.about.reference,
        language=template.language,
        channel=channel,
        severity=draft.severity,
        update_type=draft.update_type,
        priority=draft.priority,
        expected_response_time=draft.expected_response_time,
        escalation_level=draft.escalation_level,
        is_automatic=draft.is_automatic,
        subject=composed.subject,
        body=composed.body,
        message_id=f"<{uuid.uuid4().hex}@{settings.DESK_MAIL_DOMAIN}>",
        created_at=at,
        by=by,
    )
