"""hear_of_mail: what a mail provider tells later about a mail that it took: it bounced, or somebody called it spam."""

from __future__ import annotations

from datetime import datetime

from communications.models import Delivery, DeliveryEvent
from communications.workflow.record_bounce import record_bounce
from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.user import User

FLAGS = frozenset({"bounced", "rejected", "failed", "complained"})  # these flag the address; the others are only kept


def hear_of_mail(
    delivery: Delivery, *, news: str, event: str, address: str, said: str, is_permanent: bool, by: User, at: datetime
) -> bool:  # fmt: skip
    """Keep the news once; True when it was news. ``event`` is the provider's own id of it, ``news`` its kind.

    A bounce, a refusal and a complaint flag the address and are told to whoever sent the mail. ``is_permanent``: the
    next mail will fare no better.
    """
    current_act(by)
    locked = Delivery.objects.select_for_update(of=("self",)).select_related("message").get(pk=delivery.pk)
    known = DeliveryEvent.objects.filter(delivery=locked, provider_id=event[:64], status=news[:30])
    if known.exists():
        return False
    DeliveryEvent.objects.create(
        delivery=locked, provider_id=event[:64], sequence=0, status=news[:30], detail=said[:200], heard_at=at
    )
    if news in FLAGS:
        record_bounce(
            address or locked.address, message=locked.message, is_permanent=is_permanent, status=news[:12], said=said,
            by=by, at=at,
        )  # fmt: skip
    return True
