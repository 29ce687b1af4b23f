"""register_webhook: a tool begins to hear news at an address of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from communications.channels import pace_of
from communications.gates import pace_gates
from communications.models import WebhookEndpoint
from communications.news import KIND
from communications.webhook_values import (
    checked_description,
    checked_events,
    checked_url,
    new_secret,
    require_listener,
)
from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.user import User, UserKind

MOST = 20


def register_webhook(
    *, url: str, events: Sequence[str] = (), description: str = "", owner: User | None = None, by: User, at: datetime
) -> tuple[WebhookEndpoint, str]:
    """Register an endpoint and return it with its secret, which is never shown again.

    Parameters: ``events`` kinds of news, all when empty; ``owner`` the tool that listens, ``by`` when left out.
    Raises NotAllowed, Invalid naming the field, Conflict beyond twenty endpoints or when the address is listed.
    Source: design §5 'Outgoing webhooks for external tools'; Standard Webhooks.
    """
    require_listener(by)
    owner = owner if owner is not None and by.is_superuser else by
    if owner.kind != UserKind.TOOL or not owner.is_active:
        raise Invalid("Only tools listen: choose the log-in of one.", field="owner")
    url = checked_url(url)
    mine = WebhookEndpoint.objects.filter(owner=owner)
    if mine.filter(url=url).exists():
        raise Conflict("This address is registered already. Change that endpoint.", field="url", code="taken")
    if mine.count() >= MOST:
        raise Conflict(f"A tool has {MOST} endpoints at most. Change one of them.", code="too_many")
    endpoint = WebhookEndpoint(
        owner=owner,
        registered_by=by,
        url=url,
        events=checked_events(events),
        description=checked_description(description),
        created_at=at,
    )
    endpoint.secret = secret = new_secret()
    endpoint.save(force_insert=True)
    pace_gates({endpoint.gate: pace_of(KIND)}, at=at)
    return endpoint, secret
