"""recover_webhook: what an endpoint missed is sent again, each with the webhook-id that it had."""

from __future__ import annotations

from datetime import datetime, timedelta

from communications.models import Delivery, DeliveryAttempt, DeliveryState, Outcome, WebhookEndpoint
from communications.webhook_values import take_endpoint
from financy_support.desk.errors import Conflict
from financy_support.desk.people.user import User

MOST = 10_000
ERASED_WORDS = "[erased]"  # what erase_customer leaves of what was said about theirs
MISSED = (DeliveryState.DEAD, DeliveryState.PARKED)


def recover_webhook(endpoint: WebhookEndpoint, *, since: datetime, by: User, at: datetime) -> int:
    """Queue again what was given up or parked since then (aware UTC), oldest first, 10,000 at most; return how many.

    Raises NotAllowed, NotFound, Conflict when the endpoint is not in use.
    """
    taken = take_endpoint(endpoint, by=by)
    if not taken.is_active:
        raise Conflict("This endpoint is not in use. Switch it on before.", code="not_in_use")
    missed = Delivery.objects.filter(endpoint=taken, state__in=MISSED, message__created_at__gte=since)
    missed = missed.exclude(message__body=ERASED_WORDS)
    return send_again(list(missed.order_by("id").select_for_update(of=("self",))[:MOST]), by=by, at=at)


def send_again(deliveries: list[Delivery], *, by: User, at: datetime) -> int:
    """Queue these locked ones anew; who did joins each attempt log."""
    Delivery.objects.filter(pk__in=[one.pk for one in deliveries]).update(
        state=DeliveryState.QUEUED, due_at=at, settled_at=None, waiting_reason=""
    )
    DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(
            delivery=one,
            number=one.attempts,
            started_at=at,
            took=timedelta(),
            outcome=Outcome.REDRIVEN,
            answer=f"{by.email} asked for it",
        )
        for one in deliveries
    )
    return len(deliveries)
