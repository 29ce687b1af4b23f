"""send_test_webhook: harmless news to one endpoint, to see that it hears."""

from __future__ import annotations

from datetime import datetime

from communications.models import Message, WebhookEndpoint
from communications.news import TEST, News, write
from communications.send import About
from communications.webhook_values import take_endpoint
from financy_support.desk.errors import Conflict
from financy_support.desk.people.user import User


def send_test_webhook(endpoint: WebhookEndpoint, *, by: User, at: datetime) -> Message:
    """Write ``webhook.test`` for one endpoint, to leave as any news do; the message's delivery shows what came of it.

    Raises NotAllowed, NotFound, Conflict when the endpoint is not in use. Source: issue 'webhooks for external tools'.
    """
    taken = take_endpoint(endpoint, by=by)
    if not taken.is_active:
        raise Conflict("This endpoint is not in use. Switch it on before.", code="not_in_use")
    about = About("communications.webhookendpoint", taken.pk, f"webhook {taken.pk}")
    return write([(News(TEST, about, {"endpoint": taken.pk}), taken)], by=by, at=at)[0]
