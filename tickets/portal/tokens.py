"""What is signed for the portal: the mailed link, and the cookie that names a session. Each has a salt of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.urls import reverse

from tickets.models import PortalLink, PortalSession
from tickets.models.ticket import pk_of, reference_of
from tickets.survey import LONGEST_TOKEN, LinkExpired, LinkRefused

LINK, SESSION = "portal-link", "portal-session"


class LinkUsed(LinkRefused):
    """It was one of ours, and somebody signed in by it."""

    status, code, title = 410, "link_used", "This link was used"


@dataclass(frozen=True)
class SignInLink:
    """Which link it is, and the request to which it leads; 0 for the list."""

    link_id: int
    ticket_id: int


def sign_in_address(link: PortalLink, *, ticket: str = "") -> str:
    """Where the mailed link leads, in the customer's language; always at the desk's own address (T7)."""
    facts = [LINK, link.pk, pk_of(ticket) or 0]
    token = _signer(LINK).sign_object(facts, compress=False)
    return f"{settings.DESK_BASE_URL}{reverse('help-requests-link', args=[link.customer.language, token])}"


def read_link(token: str) -> SignInLink:
    """What a token is about; whether it is late, its row says. Raises LinkRefused for what is no such token."""
    if len(token) > LONGEST_TOKEN:
        raise LinkRefused("This is no sign-in link. Open the one in our message.")
    try:
        purpose, link_id, ticket_id = _signer(LINK).unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LinkRefused("This is no sign-in link. Open the one in our message.") from error
    if purpose != LINK:
        raise LinkRefused("This is no sign-in link. Open the one in our message.")
    return SignInLink(link_id, ticket_id)


def require_usable(link: PortalLink, at: datetime) -> None:
    """Raise LinkUsed or LinkExpired unless it may sign somebody in at ``at``."""
    if link.used_at is not None:
        raise LinkUsed("Somebody signed in by this link already; it works once. Ask for another one.")
    if at >= link.expires_at:
        raise LinkExpired("This link has expired. Ask for another one.")


def cookie_of(session: PortalSession) -> str:
    return _signer(SESSION).sign_object([SESSION, session.pk], compress=False)


def session_in(cookie: str) -> int | None:
    """The id of the session that a cookie names; None for what is no cookie of ours."""
    try:
        purpose, session_id = _signer(SESSION).unsign_object(cookie[:LONGEST_TOKEN])
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return session_id if purpose == SESSION else None


def ticket_of(link: SignInLink) -> str:
    """The reference of the request to which a link leads; empty for the list."""
    return reference_of(link.ticket_id) if link.ticket_id else ""


def _signer(purpose: str) -> signing.Signer:
    """SECRET_KEY with a salt of this purpose alone; older keys of SECRET_KEY_FALLBACKS still open what they signed."""
    return signing.Signer(salt=f"tickets.{purpose}", sep=".")
