"""What communications themselves do when a delivery was given up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from communications.channels.answer import Answer
from communications.models import Delivery, DeliveryState
from communications.workflow.switch_off_webhook import switch_off_webhook
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor


def switch_off_deaf_endpoint(delivery: Delivery, answer: Answer, at: datetime, **_: Any) -> None:
    """Off goes an endpoint that is gone, whose tool is, or whose address leads into a private network; and one that has
    heard nothing for as long as a delivery is tried.
    """
    endpoint = delivery.endpoint
    if endpoint is None:
        return
    since = delivery.message.created_at
    heard = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.DELIVERED, settled_at__gte=since)
    if not answer.is_gone and (delivery.attempts < 2 or heard.exists()):
        return
    gone = "It answered 410 Gone." if answer.text.startswith("410") else answer.text
    why = gone if answer.is_gone else f"Nothing was heard there since {since:%Y-%m-%d %H:%M} UTC."
    outbox = system_actor(SystemActor.OUTBOX)
    with acting(by=outbox, channel="outbox", reason=why):
        switch_off_webhook(endpoint, why=why, by=outbox, at=at)
