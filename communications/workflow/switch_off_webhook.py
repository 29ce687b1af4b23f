"""switch_off_webhook: nobody listens at an endpoint any more; what waits for it is parked, and its tool is told."""

from __future__ import annotations

from datetime import datetime

from communications.models import Delivery, DeliveryState, WebhookEndpoint
from communications.send import About, Draft, send_message
from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.user import User

PURPOSE = "webhook_off"
WAITING = (DeliveryState.QUEUED, DeliveryState.HELD)


def switch_off_webhook(endpoint: WebhookEndpoint, *, why: str, by: User, at: datetime) -> None:
    """The desk itself ends it, once: deliveries are parked with the reason, whoever runs the tool gets a mail."""
    current_act(by)
    locked = (
        WebhookEndpoint.objects.select_related("owner").select_for_update(of=("self",), no_key=True).get(pk=endpoint.pk)
    )
    if not locked.is_active:
        return
    locked.is_active, locked.off_because = False, why[:300]
    locked.version += 1
    locked.save(update_fields=["is_active", "off_because", "version"])
    parked = park_what_waits(locked, locked.off_because, at=at)
    draft = Draft(
        PURPOSE,
        to=locked.owner,
        about=About("communications.webhookendpoint", locked.pk, f"webhook {locked.pk}"),
        language=locked.owner.language,
        facts={"endpoint": locked.url, "why": locked.off_because, "parked": str(parked)},
    )
    send_message(draft, by=by, at=at)


def park_what_waits(endpoint: WebhookEndpoint, why: str, *, at: datetime) -> int:
    """How many deliveries were parked."""
    waiting = Delivery.objects.filter(endpoint=endpoint, state__in=WAITING)
    return waiting.update(state=DeliveryState.PARKED, settled_at=at, waiting_reason=why[:300])
