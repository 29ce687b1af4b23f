"""The link of a satisfaction survey: signed, bound to its purpose, ticket and cycle, and good for three days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from financy_support.desk.errors import DeskError
from tickets.models import Ticket

PURPOSE = "satisfaction-survey"
GOOD_FOR = timedelta(hours=72)  # reliability T2: a link that changes something lives no longer
LONGEST_TOKEN = 300


class LinkRefused(DeskError):
    """A survey link that is none, not ours, for something else, or too old."""

    status, code, title = 404, "link_refused", "This link does not work"


class LinkExpired(LinkRefused):
    """It was one of ours, and its time is over."""

    status, code, title = 410, "link_expired", "This link has expired"


@dataclass(frozen=True)
class Survey:
    """Which cycle of which ticket is asked about."""

    ticket_id: int
    cycle: int


def survey_link(ticket: Ticket, *, at: datetime) -> str:
    """The address of the survey page about the ticket's present cycle; always at the desk's own address (T7)."""
    return f"{settings.DESK_BASE_URL}{reverse('survey', args=[survey_token(ticket, at=at)])}"


def survey_token(ticket: Ticket, *, at: datetime) -> str:
    facts = [PURPOSE, ticket.pk, ticket.cycle, int((at + GOOD_FOR).timestamp())]
    return _signer().sign_object(facts, compress=False)


def read_token(token: str | None, *, at: datetime) -> Survey:
    """What a token is about. Raises LinkRefused for what is no token of this purpose, LinkExpired when it is late."""
    if not token or len(token) > LONGEST_TOKEN:
        raise LinkRefused("This is no survey link. Open the one in our message.")
    try:
        purpose, ticket_id, cycle, until = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LinkRefused("This is no survey link. Open the one in our message.") from error
    if purpose != PURPOSE:
        raise LinkRefused("This is no survey link. Open the one in our message.")
    if at >= datetime.fromtimestamp(until, UTC):
        raise LinkExpired("This link has expired. Reply to our message: that reaches us at any time.")
    return Survey(ticket_id, cycle)


def _signer() -> signing.Signer:
    """SECRET_KEY with a salt of this purpose alone; older keys of SECRET_KEY_FALLBACKS still open links."""
    return signing.Signer(salt=f"tickets.{PURPOSE}", sep=".")
