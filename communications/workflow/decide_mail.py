"""release_mail, discard_mail, accept_link: what people do with mail that waits for them."""

from __future__ import annotations

from datetime import datetime

from communications.models import InboundMail, MailState
from financy_support.desk.audit.acting import acting, current_act
from financy_support.desk.errors import Conflict, Invalid, NotAllowed, NotFound
from financy_support.desk.people.user import User
from financy_support.desk.subjects import visible_ids


def release_mail(mail: InboundMail, *, reason: str, by: User, at: datetime) -> InboundMail:
    """Let a parked mail pass: it is taken in at the next look, without the brakes on loops and floods.

    Raises NotAllowed for others than agents, NotFound, Conflict when it is not parked, Invalid without a reason.
    """
    with acting(by=by, channel=current_act(by).channel, reason=_said(reason)):
        locked = _take(mail, by)
        if locked.state not in (MailState.PARKED, MailState.DISCARDED):
            raise Conflict(f"It is {locked.get_state_display()}; only parked and discarded mail is released.")
        locked.state, locked.settled_at = MailState.RELEASED, None
        locked.save(update_fields=["state", "settled_at"])
        return locked


def discard_mail(mail: InboundMail, *, reason: str, by: User, at: datetime) -> InboundMail:
    """Put a parked mail aside; it stays kept and can be released later. Raises as :func:`release_mail`."""
    with acting(by=by, channel=current_act(by).channel, reason=_said(reason)):
        locked = _take(mail, by)
        if locked.state != MailState.PARKED:
            raise Conflict(f"It is {locked.get_state_display()}; only parked mail is discarded.")
        locked.state, locked.settled_at = MailState.DISCARDED, at
        locked.save(update_fields=["state", "settled_at"])
        return locked


def accept_link(mail: InboundMail, *, by: User, at: datetime) -> InboundMail:
    """Say that a mail does belong where the desk suggested: at the next look its words go there as well.

    Raises NotAllowed, NotFound when ``by`` may not see what was suggested, Conflict when nothing is or it was accepted.
    """
    with acting(by=by, channel=current_act(by).channel, reason="suggested link accepted"):
        locked = _take(mail, by)
        if locked.suggested_id is None or locked.is_link_accepted:
            raise Conflict("There is no suggested link to accept, or it was accepted before.")
        if not visible_ids(locked.suggested_label, [locked.suggested_id], by):
            raise NotFound
        locked.is_link_accepted, locked.state, locked.settled_at = True, MailState.RELEASED, None
        locked.save(update_fields=["is_link_accepted", "state", "settled_at"])
        return locked


def _take(mail: InboundMail, by: User) -> InboundMail:
    if not by.is_agent:
        raise NotAllowed("Only agents decide about mail that came in. Ask one.")
    list(InboundMail.objects.filter(pk=mail.pk).select_for_update().values_list("pk"))
    locked = InboundMail.objects.visible_to(by).filter(pk=mail.pk).first()
    if locked is None:
        raise NotFound
    return locked


def _said(reason: str) -> str:
    if not reason.strip():
        raise Invalid("Say why: the reason joins the mail's history.", field="reason", code="empty")
    return reason.strip()[:2000]
