"""acknowledge_delivery: somebody said that they have a message; saying it again changes nothing."""

from __future__ import annotations

from datetime import datetime

from communications.models import Acknowledgement, Delivery
from communications.signals import message_acknowledged
from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.user import User


def acknowledge_delivery(delivery: Delivery, *, how: str, by: User, at: datetime) -> Acknowledgement:
    """Record the first acknowledgement of a delivery and tell the apps above, in this transaction.

    ``how`` is what they did (“key 4”). A second one, by whoever and however, gives back the first.
    """
    current_act(by)
    list(Delivery.objects.select_for_update().filter(pk=delivery.pk).values_list("pk"))  # two at once: one is first
    first = Acknowledgement.objects.filter(delivery=delivery).first()
    if first:
        return first
    made = Acknowledgement.objects.create(delivery=delivery, how=how, at=at, by=by)
    message_acknowledged.send(
        sender=Delivery, delivery=delivery, message=delivery.message, person=delivery.message.person, at=at
    )
    return made
