"""request_sign_in: somebody wants to see their requests; if we know their address, a link goes there."""

from __future__ import annotations

from datetime import datetime, timedelta

from communications.models import Priority
from communications.send import About, Draft, send_message
from communications.ways import EMAIL
from communications.words import duration_in
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import NotAllowed
from financy_support.desk.people.address import require_address
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import SystemActor, User
from tickets.log_in import may_have_log_in
from tickets.models import PortalLink
from tickets.portal.tokens import sign_in_address
from tickets.purposes import SIGN_IN_LINK

GOOD_FOR = timedelta(minutes=30)
MOST_LINKS, WITHIN = 3, timedelta(hours=1)  # to one customer, so that nobody fills their mailbox with links


def request_sign_in(*, email: str, ticket: str = "", by: User, at: datetime) -> PortalLink | None:
    """Mail a one-time link to the customer of this address, in their language; to nobody else a word.

    None goes to an address that no customer has, to one whose log-in is closed or who was erased, and after three
    within an hour; None is returned then, and a door must not show the difference. ``ticket`` is the request to which
    the link leads, as somebody gave it; whether they may see it is asked once they are there.
    Raises NotAllowed for others than the public, Invalid when ``email`` is no address.
    """
    current_act(by)
    if by.pk != SystemActor.PUBLIC:
        raise NotAllowed("This door is for customers who are not signed in.")
    known = Customer.objects.filter(email__iexact=require_address(email), erased_at__isnull=True)
    # Locked, so that of several that are asked for at once none is one too many.
    customer = known.select_related("user").select_for_update(of=("self",), no_key=True).first()
    if customer is None or not may_have_log_in(customer):
        return None
    if customer.portal_links.filter(asked_at__gt=at - WITHIN).count() >= MOST_LINKS:
        return None
    link = PortalLink.objects.create(customer=customer, address=customer.email, asked_at=at, expires_at=at + GOOD_FOR)
    send_message(_draft(link, ticket), by=by, at=at)
    return link


def _draft(link: PortalLink, ticket: str) -> Draft:
    """By mail whatever they like better: the link proves the address that it is sent to."""
    customer = link.customer
    return Draft(
        purpose=SIGN_IN_LINK,
        to=customer,
        about=About("tickets.portallink", link.pk, link.reference),
        language=customer.language,
        facts={
            "sign_in_link": sign_in_address(link, ticket=ticket),
            "good_for": duration_in(GOOD_FOR, customer.language),
        },
        urgency=Priority.URGENT,
        channel=EMAIL,
        channel_reason="A sign-in link proves the address that it is sent to.",
        has_own_limit=True,
    )
