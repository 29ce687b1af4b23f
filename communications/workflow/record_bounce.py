"""record_bounce: a mail server refused an address; it is flagged, and whoever sent the mail is told."""

from __future__ import annotations

from datetime import datetime

from communications.models import BouncedAddress, Message
from communications.signals import address_bounced
from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.user import User


def record_bounce(
    address: str, *, message: Message, is_permanent: bool, status: str, said: str, by: User, at: datetime
) -> BouncedAddress:
    """Flag ``address``, or flag it anew, with what was said (RFC 3463 ``status``), and send ``address_bounced``."""
    current_act(by)
    flag, is_new = BouncedAddress.objects.select_for_update().get_or_create(
        address=address.lower(),
        defaults={"is_permanent": is_permanent, "status": status, "said": said, "bounced_at": at},
    )
    if not is_new:
        flag.is_permanent, flag.status, flag.said = is_permanent, status, said
        flag.bounced_at, flag.cleared_at = at, None
        flag.times += 1
        flag.save()
    address_bounced.send(
        sender=Message,
        address=flag.address,
        message=message,
        is_permanent=is_permanent,
        said=f"{status} {said}",
        at=at,
        by=by,
    )
    return flag
