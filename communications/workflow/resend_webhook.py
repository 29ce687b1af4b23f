"""resend_webhook: one delivery to an endpoint once more, heard or not, with the webhook-id that it had."""

from __future__ import annotations

from datetime import datetime

from communications.models import Delivery, DeliveryState
from communications.webhook_values import take_endpoint
from communications.workflow.recover_webhook import ERASED_WORDS, send_again
from financy_support.desk.errors import Conflict, NotFound
from financy_support.desk.people.user import User

SETTLED = (DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.PARKED)


def resend_webhook(delivery: Delivery, *, by: User, at: datetime) -> Delivery:
    """Queue a settled delivery anew, due at once; who asked joins its tries. Source: Standard Webhooks, redelivery.

    Raises NotAllowed, NotFound, Conflict when it is on its way or the endpoint is not in use.
    """
    if delivery.endpoint is None:
        raise NotFound
    endpoint = take_endpoint(delivery.endpoint, by=by)
    # Without waiting: who sends it just now holds it, and may want the endpoint next.
    locked = Delivery.objects.select_for_update(skip_locked=True).filter(pk=delivery.pk).first()
    if not endpoint.is_active:
        raise Conflict("This endpoint is not in use. Switch it on before.", code="not_in_use")
    if locked is None or locked.state not in SETTLED:
        raise Conflict("This delivery is on its way.", code="on_its_way")
    if locked.message.body == ERASED_WORDS:
        raise Conflict("What it said was erased with its customer.", code="erased")
    send_again([locked], by=by, at=at)
    locked.refresh_from_db()
    return locked
