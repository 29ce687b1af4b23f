"""hear_news: what a provider tells later about a delivery that it took; late and repeated news change nothing."""

from __future__ import annotations

from datetime import datetime

from communications.channels.answer import Answer
from communications.channels.twilio import FAILURES
from communications.models import Acknowledgement, Delivery, DeliveryEvent, DeliveryState, Outcome
from communications.outbox import correct
from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.user import User


def hear_news(
    delivery: Delivery, *, attempt: int, provider_id: str, sequence: int, status: str, detail: str = "", by: User,
    at: datetime,
) -> bool:  # fmt: skip
    """Keep the news once; True when it was news.

    1. News of a try in doubt say that it arrived.
    2. A failure takes back the try it is about: the delivery is queued again or given up, as after any other answer.
       Not when newer news are known, another call or text was made, or somebody has acknowledged. A later try that
       only found what this one had made is about the same.
    “completed” is kept and changes nothing: somebody, or a voice mail, picked up.
    """
    current_act(by)
    news = DeliveryEvent(
        delivery=delivery, provider_id=provider_id, sequence=sequence, status=status, detail=detail[:200], heard_at=at
    )
    locked = Delivery.objects.select_for_update(of=("self",)).select_related("message").get(pk=delivery.pk)
    known = DeliveryEvent.objects.filter(delivery=delivery, provider_id=provider_id)
    if known.filter(sequence=sequence, status=status).exists():
        return False
    is_late = known.filter(sequence__gt=sequence).exists()
    news.save()
    is_last_try = locked.attempts == attempt
    if is_last_try and locked.state != DeliveryState.DELIVERED and _is_in_doubt(locked):
        correct(locked, Answer(Outcome.DELIVERED, f"it had arrived: {status}", provider_id=provider_id), at=at)
    failure = FAILURES.get(status)
    is_about_it = locked.provider_id == provider_id and locked.state == DeliveryState.DELIVERED and not is_late
    if failure and is_about_it and not Acknowledgement.objects.filter(delivery=locked).exists():
        correct(locked, Answer(failure, f"{status} {detail}".strip()), at=at)
    return True


def _is_in_doubt(delivery: Delivery) -> bool:
    last = delivery.attempt_log.order_by("-id").first()
    return bool(last and last.number == delivery.attempts and last.outcome == Outcome.UNKNOWN)
