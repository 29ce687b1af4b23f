"""change_webhook: another address, other news, off or on again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from communications.gates import open_gate
from communications.models import WebhookEndpoint
from communications.webhook_values import checked_description, checked_events, checked_url, take_endpoint
from communications.workflow.switch_off_webhook import park_what_waits
from financy_support.desk.people.user import User


class WebhookValues(TypedDict, total=False):
    """What the verb may set; what is left out stays."""

    url: str
    events: Sequence[str]
    description: str
    is_active: bool


def change_webhook(
    endpoint: WebhookEndpoint, *, by: User, at: datetime, **values: Unpack[WebhookValues]
) -> WebhookEndpoint:
    """Set what is given; nothing is written when nothing differs.

    Switched off, what waits for it is parked. Switched on, its gate is open again and news go there from now on; what
    was parked or given up meanwhile is called for by ``recover_webhook``.
    Raises NotAllowed, NotFound, Invalid naming the field.
    """
    taken = take_endpoint(endpoint, by=by)
    checked = _checked(values)
    changed = [name for name, value in checked.items() if getattr(taken, name) != value]
    if not changed:
        return taken
    for name in changed:
        setattr(taken, name, checked[name])
    if "is_active" in changed:
        taken.off_because = "" if taken.is_active else f"{by} switched it off."
        changed.append("off_because")
        if taken.is_active:
            open_gate(taken.gate, at=at)
        else:
            park_what_waits(taken, taken.off_because, at=at)
    taken.version += 1
    taken.save(update_fields=[*changed, "version"])
    return taken


def _checked(values: WebhookValues) -> dict[str, Any]:
    rules = {"url": checked_url, "events": checked_events, "description": checked_description}
    return {name: rules[name](value) if name in rules else value for name, value in values.items()}  # type: ignore[arg-type]
