"""What an endpoint's address and news may be, and who may have one."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from communications.channels.webhook import PREFIX
from communications.models import WebhookEndpoint
from communications.models.webhook import LISTENING
from communications.news import EVENTS, TEST
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Invalid, NotAllowed, NotFound
from financy_support.desk.people.user import User, UserKind

LONGEST_URL, LONGEST_DESCRIPTION, SECRET_BYTES = 500, 200, 32


def require_listener(by: User) -> None:
    """Raise NotAllowed unless ``by`` is acting, and is an administrator or a tool that may have endpoints.

    News tell of tickets, so a tool needs ``tickets:read`` as well.
    """
    current_act(by)
    if by.is_superuser and by.is_active:
        return
    if by.kind != UserKind.TOOL or not set(by.scopes) >= LISTENING:
        raise NotAllowed("Endpoints are for tools with the scopes webhooks and tickets:read. Ask an administrator.")


def take_endpoint(endpoint: WebhookEndpoint, *, by: User) -> WebhookEndpoint:
    """The endpoint as it is now, locked. Raises NotAllowed, and NotFound for another tool's."""
    require_listener(by)
    locked = (
        WebhookEndpoint.objects.visible_to(by)
        .filter(pk=endpoint.pk)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if locked is None:
        raise NotFound
    return locked


def checked_url(url: str) -> str:
    """An address on the internet; names are judged when the desk connects. Raises Invalid naming ``url``."""
    url = url.strip()
    schemes = ["https", "http"] if settings.WEBHOOKS_TO_LOOPBACK else ["https"]
    try:
        URLValidator(schemes=schemes)(url)
    except ValidationError:
        raise Invalid(f"Give a whole web address that begins with {schemes[0]}://.", field="url") from None
    parts = urlsplit(url)
    if len(url) > LONGEST_URL or parts.username or parts.password or parts.fragment:
        detail = f"At most {LONGEST_URL} characters, no log-in and no “#” in it. The signature proves who calls."
        raise Invalid(detail, field="url")
    try:
        address = ip_address(parts.hostname or "")
    except ValueError:
        return url  # a name
    if not (address.is_global or (address.is_loopback and settings.WEBHOOKS_TO_LOOPBACK)):
        raise Invalid("This address is not on the internet. Give one that is, best by its name.", field="url")
    return url


def checked_events(events: Sequence[str]) -> list[str]:
    """Known kinds of news, once each; none: all. Raises Invalid naming ``events``."""
    known = sorted(set(EVENTS) - {TEST})
    for event in events:
        if event not in known:
            raise Invalid(f"“{event}” is no news of the desk. Use some of: {', '.join(known)}.", field="events")
    return sorted(set(events))


def checked_description(text: str) -> str:
    """One line. Raises Invalid."""
    line = " ".join(text.replace("\x00", "").split())
    if len(line) > LONGEST_DESCRIPTION:
        raise Invalid(f"At most {LONGEST_DESCRIPTION} characters.", field="description")
    return line


def new_secret() -> str:
    """32 random bytes as Standard Webhooks writes them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
