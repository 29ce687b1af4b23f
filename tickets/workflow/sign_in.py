"""sign_in, sign_out, end_sessions: how a session of the portal begins, and the two ways to end it before its time."""

from __future__ import annotations

from datetime import datetime, timedelta

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import SystemActor, User
from tickets.log_in import log_in_of, may_have_log_in
from tickets.models import Ended, PortalLink, PortalSession
from tickets.portal.tokens import LinkRefused, require_usable

LASTS = timedelta(hours=12)


def sign_in(link: PortalLink, *, by: User, at: datetime) -> PortalSession:
    """Begin a session for the customer to whom ``link`` was mailed, and use the link up.

    Who has no log-in gets one, without a password: their words stand in its name. Two who use a link at once wait for
    each other, and one is refused. Raises LinkUsed, LinkExpired, LinkRefused when the customer's address changed, was
    erased or their log-in closed since; NotAllowed for others than the public.
    """
    current_act(by)
    if by.pk != SystemActor.PUBLIC:
        raise NotAllowed("This door is for customers who are not signed in.")
    taken = PortalLink.objects.select_for_update(of=("self",)).select_related("customer__user").get(pk=link.pk)
    require_usable(taken, at)
    # of two links that are used at once one waits: whoever has no log-in gets one, not two
    locked = Customer.objects.select_for_update(of=("self",)).select_related("user")
    customer = locked.get(pk=taken.customer_id)
    is_theirs = customer.email.casefold() == taken.address.casefold() and customer.erased_at is None
    if not (is_theirs and may_have_log_in(customer)):
        raise LinkRefused("This link opens nothing any more. Write to us: a person answers.")
    log_in_of(customer)
    taken.used_at = at
    taken.save(update_fields=["used_at"])
    return PortalSession.objects.create(
        customer=customer, link=taken, address=customer.email, started_at=at, expires_at=at + LASTS
    )


def sign_out(session: PortalSession, *, by: User, at: datetime) -> None:
    """End one's own session, on this browser; ended already, it stays as it is. Raises NotAllowed for others'."""
    current_act(by)
    if by.pk != session.customer.user_id:
        raise NotAllowed("Everybody signs out for themselves; an administrator ends the sessions of a customer.")
    _end(PortalSession.objects.filter(pk=session.pk), Ended.SIGNED_OUT, at)


def end_sessions(customer: Customer, *, by: User, at: datetime) -> int:
    """End all sessions of a customer, and let the links that wait in their mailbox open nothing any more.

    Returns how many sessions ended. Raises NotAllowed for others than administrators.
    """
    current_act(by)
    if not (by.is_active and by.is_superuser):
        raise NotAllowed("Only administrators end the sessions of customers. Ask one.")
    PortalLink.objects.filter(customer=customer, used_at__isnull=True, expires_at__gt=at).update(expires_at=at)
    return _end(PortalSession.objects.filter(customer=customer), Ended.BY_DESK, at)


def _end(sessions: object, why: Ended, at: datetime) -> int:
    running = sessions.filter(ended_at__isnull=True, expires_at__gt=at)  # type: ignore[attr-defined]
    ended: int = running.update(ended_at=at, ended_because=why)
    return ended
