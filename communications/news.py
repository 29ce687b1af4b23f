"""News for external tools: one message an endpoint, in the transaction of its cause; the outbox carries it there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from communications.addresses import new_message_id
from communications.models import Delivery, Message, Priority, WebhookEndpoint
from communications.send import About
from financy_support.desk.audit.acting import current_act
from financy_support.desk.audit.guide_edition import once_per_edition
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from financy_support.desk.statement import insert

PURPOSE = CHANNEL = KIND = "webhook"
TEST = "webhook.test"
LARGEST = 20_000  # bytes, as Standard Webhooks advises
EVENTS: dict[str, Any] = {TEST: "A test that somebody asked for."}


@dataclass(frozen=True)
class News:
    """One thing that happened. ``event`` is registered; ``data`` is plain JSON that may lie with any tool: no words of
    customers, no names, no addresses."""

    event: str
    about: About
    data: Mapping[str, Any]


def register_events(events: Mapping[str, Any]) -> None:
    """Event → what it says, in one sentence; called in ``ready()`` by the app whose verbs tell these news."""
    EVENTS.update(events)


def tell_tools(news: Iterable[News], *, by: User, at: datetime) -> None:
    """Write each news for each endpoint in use that wants it; without endpoints this asks the database nothing.

    The body is what Standard Webhooks asks for: ``type``, ``timestamp``, ``data``; it is written once and every try
    sends the same bytes.
    Source: design §5 'Outgoing webhooks for external tools'; Standard Webhooks, 'Payload structure'.
    """
    current_act(by)
    endpoints = endpoints_in_use()
    if endpoints:
        write(
            [(one, endpoint) for one in news for endpoint in endpoints if endpoint.wants(one.event)], by=by, at=at
        )  # fmt: skip


def write(told: Sequence[tuple[News, WebhookEndpoint]], *, by: User, at: datetime) -> list[Message]:
    """The messages, each with its delivery, to leave once the transaction commits."""
    messages = [_message(news, endpoint, by, at) for news, endpoint in told]
    insert(messages)
    insert(
        [
            Delivery(
                message=message,
                endpoint=endpoint,
                kind=KIND,
                address=urlsplit(endpoint.url).hostname or "",  # the rest of an address may be a secret
                gate=endpoint.gate,
                priority=Priority.WHEN_THERE_IS_TIME,
                due_at=at,
            )
            for message, (_, endpoint) in zip(messages, told, strict=True)
        ]
    )
    return messages


@once_per_edition
def endpoints_in_use() -> list[WebhookEndpoint]:
    """Where news go, in the current act."""
    return list(WebhookEndpoint.objects.filter(is_active=True).order_by("id"))


def _message(news: News, endpoint: WebhookEndpoint, by: User, at: datetime) -> Message:
    body = {"type": news.event, "timestamp": at.isoformat().replace("+00:00", "Z"), "data": dict(news.data)}
    text = json.dumps(body, ensure_ascii=False)
    assert news.event in EVENTS, news.event
    assert len(text.encode()) <= LARGEST, news.event
    return Message(
        purpose=PURPOSE,
        person_id=endpoint.owner_id,
        about_label=news.about.label,
        about_id=news.about.id,
        about_reference=news.about.reference,
        language=Language.ENGLISH,
        channel=CHANNEL,
        channel_reason="A tool listens for it.",
        subject=news.event,
        body=text,
        message_id=new_message_id(),
        created_at=at,
        by=by,
    )
