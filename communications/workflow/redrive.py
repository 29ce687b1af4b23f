"""redrive_delivery: try again what was given up or parked, by hand, with the same Message-ID."""

from __future__ import annotations

from datetime import datetime, timedelta

from communications.models import Delivery, DeliveryAttempt, DeliveryState, Outcome
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, NotAllowed, NotFound
from financy_support.desk.people.user import User
from financy_support.desk.subjects import visible_ids


def redrive_delivery(delivery: Delivery, *, reason: str, by: User, at: datetime) -> Delivery:
    """Queue a dead or parked delivery again; who did and why joins its attempt log.

    Raises NotAllowed for others than agents, NotFound when ``by`` may not see what it is about, Conflict when it is
    neither or its customer was erased.
    """
    current_act(by)
    if not by.is_agent:
        raise NotAllowed("Only agents send a given-up message again. Ask one.")
    locked = Delivery.objects.select_related("message__customer").select_for_update(of=("self",)).get(pk=delivery.pk)
    message = locked.message
    if not visible_ids(message.about_label, [message.about_id], by):
        raise NotFound
    if message.customer and message.customer.erased_at:
        raise Conflict("This customer was erased: nothing is sent to them any more.", code="erased")
    if locked.state not in (DeliveryState.DEAD, DeliveryState.PARKED):
        raise Conflict(
            f"This delivery is {locked.get_state_display()}; only one that was given up or parked is sent again."
        )
    locked.state, locked.due_at, locked.settled_at, locked.waiting_reason = DeliveryState.QUEUED, at, None, ""
    locked.save(update_fields=["state", "due_at", "settled_at", "waiting_reason"])
    DeliveryAttempt.objects.create(
        delivery=locked,
        number=locked.attempts,
        started_at=at,
        took=timedelta(),
        outcome=Outcome.REDRIVEN,
        answer=f"{by.email}: {reason}",
    )
    return locked
