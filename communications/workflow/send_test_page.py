"""send_test_page: somebody of the staff has the desk call or text them, to see that a page would reach them."""

from __future__ import annotations

from datetime import datetime

from communications.models import Message, Priority, ProviderAccount
from communications.send import About, Draft, send_message
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from financy_support.desk.people.user import User

WAYS = ("call", "sms")
PURPOSE = "test_page"


def send_test_page(*, way: str, by: User, at: datetime) -> Message:
    """Page oneself. Raises NotAllowed for others than agents, Invalid for another way or without a phone number.

    Raises Conflict while the desk has no account for that way.
    """
    current_act(by)
    if not by.is_agent:
        raise NotAllowed("Only agents are paged. Ask one.")
    if way not in WAYS:
        raise Invalid(f"{way!r} is no way to page. Use one of: {', '.join(WAYS)}.", field="way")
    if not by.phone:
        raise Invalid("Your log-in has no phone number: ask an administrator to add it.", field="way", code="no_phone")
    if not ProviderAccount.objects.filter(kind=way, is_active=True).exists():
        raise Conflict(f"The desk has no account of the kind “{way}”: an administrator adds one.", code="no_account")
    draft = Draft(
        PURPOSE,
        to=by,
        about=About("desk.user", by.pk, "test page"),
        language=by.language,
        facts={},
        channel=way,
        channel_reason="They asked for it.",
        urgency=Priority.URGENT,
    )
    return send_message(draft, by=by, at=at)
