"""The demo's mail: that of the past counts as sent when it was written; that of the last hour really leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from communications.models import Delivery, DeliveryAttempt, DeliveryState, Outcome
from tickets.models import Ticket

LEAVES_FOR_REAL = timedelta(hours=1)
NOT_SENT = "Demo: noted as delivered when it was written; nothing was sent."


def settle_old_mail(tickets: Sequence[Ticket], *, now: datetime) -> tuple[int, int]:
    """Note the older messages of these tickets as delivered; returns (noted, still to leave).

    A desk that starts with a week of past has sent its mail in that week. Sending two hundred mails now would bury the
    mailbox and show each as days late. Each such delivery gets an attempt whose answer says that nothing was sent.
    """
    of_demo = Delivery.objects.filter(
        state=DeliveryState.QUEUED,
        message__about_label=Ticket._meta.label_lower,
        message__about_id__in=[ticket.pk for ticket in tickets],
    )
    old = list(of_demo.filter(message__created_at__lte=now - LEAVES_FOR_REAL).select_related("message"))
    for delivery in old:
        delivery.state, delivery.attempts = DeliveryState.DELIVERED, 1
        delivery.settled_at = delivery.message.created_at
    Delivery.objects.bulk_update(old, ["state", "attempts", "settled_at"])
    DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(
            delivery=delivery,
            number=1,
            started_at=delivery.message.created_at,
            took=timedelta(),
            outcome=Outcome.DELIVERED,
            answer=NOT_SENT,
        )
        for delivery in old
    )
    return len(old), of_demo.count()
