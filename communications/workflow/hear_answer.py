"""hear_answer: somebody answered a text; the right answer acknowledges that text and never an older one."""

from __future__ import annotations

from datetime import datetime, timedelta

from communications.channels.spoken import ACKNOWLEDGE
from communications.models import Acknowledgement, Delivery, DeliveryEvent
from communications.workflow.acknowledge import acknowledge_delivery
from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.user import User

ANSWERED = "answered"
# Whoever was paged longer ago has been passed over for somebody else: what they send now is about something else.
IS_AN_ANSWER_FOR = timedelta(hours=1)


def hear_answer(newest: Delivery, *, answer_id: str, words: str, by: User, at: datetime) -> Acknowledgement | None:
    """Keep once that the ``newest`` text to a number was answered; the acknowledgement if this is one.

    A text that was acknowledged already, or long ago, is not acknowledged now, and neither is one before it: nobody
    has said that they take that on. ``answer_id`` is the provider's own: told again, an answer changes nothing,
    whatever was sent to that number meanwhile.
    """
    current_act(by)
    locked = Delivery.objects.select_for_update(of=("self",)).select_related("message__person").get(pk=newest.pk)
    if DeliveryEvent.objects.filter(provider_id=answer_id, status=ANSWERED).exists():
        return None
    DeliveryEvent.objects.create(
        delivery=locked, provider_id=answer_id, sequence=0, status=ANSWERED, heard_at=at
    )  # not the words: nothing that a person may write of a customer lies here
    is_recent = locked.settled_at is not None and at - locked.settled_at <= IS_AN_ANSWER_FOR
    if words != ACKNOWLEDGE or not is_recent or Acknowledgement.objects.filter(delivery=locked).exists():
        return None
    return acknowledge_delivery(locked, how=f"text “{words}”", by=by, at=at)
