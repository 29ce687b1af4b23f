"""Webhook: one signed POST to an address that a tool gave; only 2xx counts as heard, and the tool drops repeats."""

from __future__ import annotations

import base64
import hmac
import time

from communications.channels.answer import Answer
from communications.channels.wire import LONGEST_KEPT, NoAnswer, NotPublic, NotSent, Reply, ask, not_sent, retry_after
from communications.models.delivery import Delivery, Outcome
from communications.models.webhook import WebhookEndpoint

PREFIX = "whsec_"
GONE = 410
NOT_TRUSTED = (
    "No token of this tool may listen any more, so nothing is sent: issue one with the scopes webhooks and "
    "tickets:read, or switch the endpoint off."
)
# The receiver is there, and this one request is not to its liking: it keeps no other.
THIS_ONE = frozenset(range(400, 500)) - {408, 425, 429}


class WebhookLine:
    """Standard Webhooks: ``webhook-id`` is the same in every try, ``webhook-timestamp`` is the try's own."""

    def deliver(self, delivery: Delivery) -> Answer:
        endpoint = delivery.endpoint
        assert endpoint is not None
        if not (endpoint.is_active and endpoint.owner.is_active):
            return Answer(Outcome.PERMANENT, "The endpoint or its tool's log-in is off.", is_gone=True)
        if not endpoint.may_hear:
            return Answer(Outcome.TEMPORARY, NOT_TRUSTED, is_away=True)
        body = delivery.message.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Financy-Support-Webhooks/1",
            **signed(endpoint, f"msg_{delivery.message_id}", int(time.time()), body),
        }
        try:
            return _said(ask("POST", endpoint.url, is_outside=True, data=body, headers=headers))
        except NotPublic as error:
            return Answer(Outcome.PERMANENT, str(error), is_gone=True)
        except (NotSent, NoAnswer) as error:  # it is sent again: whoever listens knows by its id that it is a repeat
            return not_sent(error)

    def close(self) -> None:
        """Nothing is kept open."""


def signed(endpoint: WebhookEndpoint, number: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers, ``timestamp`` in seconds since 1970; after a rotation both secrets sign for a while."""
    secrets = [endpoint.secret]
    if endpoint.before_until and timestamp < endpoint.before_until.timestamp():
        secrets.append(endpoint.secret_before)
    content = f"{number}.{timestamp}.".encode() + body
    return {
        "webhook-id": number,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(secret, content)}" for secret in secrets if secret),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()


def _said(reply: Reply) -> Answer:
    text = f"{reply.status} {reply.text[:LONGEST_KEPT]}".strip()
    if 200 <= reply.status < 300:
        return Answer(Outcome.DELIVERED, text)
    if reply.status == GONE:
        return Answer(Outcome.PERMANENT, text, is_gone=True)
    return Answer(
        Outcome.TEMPORARY, text, retry_after=retry_after(reply.headers), is_away=reply.status not in THIS_ONE
    )  # fmt: skip
