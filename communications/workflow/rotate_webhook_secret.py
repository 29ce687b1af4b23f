"""rotate_webhook_secret: a new secret, while the former one signs as well until the tool has changed over."""

from __future__ import annotations

from datetime import datetime, timedelta

from communications.models import WebhookEndpoint
from communications.webhook_values import new_secret, take_endpoint
from financy_support.desk.errors import Conflict
from financy_support.desk.people.user import User

BOTH_SIGN_FOR = timedelta(hours=24)


def rotate_webhook_secret(endpoint: WebhookEndpoint, *, by: User, at: datetime) -> tuple[WebhookEndpoint, str]:
    """Return the endpoint and its new secret, which is never shown again.

    Raises NotAllowed, NotFound, and Conflict while a former secret still signs: a tool may know none but that one.
    Source: Standard Webhooks, 'Signature scheme' (several signatures while a secret is rotated).
    """
    taken = take_endpoint(endpoint, by=by)
    if taken.before_until and at < taken.before_until:
        until = f"{taken.before_until:%Y-%m-%d %H:%M} UTC"
        raise Conflict(
            f"The former secret signs until {until}, and a tool that has not changed over knows no other. "
            "Make the next one then; if both are known to strangers, switch the endpoint off and register a new one.",
            code="rotating",
        )
    taken.sealed_secret_before, taken.before_until = taken.sealed_secret, at + BOTH_SIGN_FOR
    taken.secret = secret = new_secret()
    taken.version += 1
    taken.save(update_fields=["sealed_secret", "sealed_secret_before", "before_until", "version"])
    return taken, secret
