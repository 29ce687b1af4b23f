"""What is late: words that were due to leave, or came in, more than a minute ago and that nobody has touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from communications.models import Delivery, DeliveryState, InboundMail, MailState, Priority

LATE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True)
class Late:
    """``what`` waits since ``since`` (aware UTC), and by how much."""

    what: str
    since: datetime
    by: timedelta

    def __str__(self) -> str:
        return f"{self.what} waits since {self.since:%Y-%m-%d %H:%M:%S} UTC, {int(self.by.total_seconds())} s"


def late_work(at: datetime) -> list[Late]:
    """What is late at ``at``. Deliveries held at a closed or paced gate, parked ones and quiet hours are not.

    Source: design §5 'Delivery'; a look costs an index entry for each priority and one for the mail.
    """
    waiting = {"a delivery": _oldest_delivery(), "a mail that came in": _oldest_mail()}
    return [
        Late(what, since, at - since)
        for what, since in waiting.items()
        if since is not None and at - since > LATE_AFTER
    ]


def _oldest_delivery() -> datetime | None:
    queued = Delivery.objects.filter(state=DeliveryState.QUEUED).order_by("priority", "due_at", "id")
    first = [queued.filter(priority=one).values_list("due_at", flat=True).first() for one in Priority]
    return min((due_at for due_at in first if due_at is not None), default=None)


def _oldest_mail() -> datetime | None:
    found: datetime | None = InboundMail.objects.filter(state=MailState.RECEIVED).aggregate(Min("received_at"))[
        "received_at__min"
    ]
    return found
