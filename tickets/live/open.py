"""Opening a stream, and saying that one is typing: what every door to a live conversation shares."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from financy_support.desk.errors import NotAllowed
from financy_support.desk.people.user import User
from tickets.chat import be_here, is_unproven, side_of
from tickets.live.hint_names import TYPING
from tickets.live.hints import send_hint
from tickets.live.stream_token import LIFE, Seat, token_for
from tickets.models import Ticket, Voice


def open_stream(ticket: Ticket, *, by: User, at: datetime) -> dict[str, Any]:
    """The address of a stream for ``by``, who was found to see the ticket and is here from now on.

    Raises NotAllowed for those who take no part in the conversation.
    """
    voice = _take_part(ticket, by)
    be_here(ticket, by=by, at=at)
    is_theirs = voice == Voice.CUSTOMER
    reach = (ticket.customer_id,) if is_theirs else (ticket.tier_id, ticket.team_id, int(ticket.is_security))
    is_assigned = not is_theirs and ticket.assignee_id == by.pk
    token = token_for(Seat(ticket.pk, by.pk, voice.value, reach, is_assigned))
    return {"url": f"{settings.DESK_LIVE_URL}/stream?{urlencode({'token': token})}", "expires_in": LIFE}


def say_typing(ticket: Ticket, *, by: User) -> None:
    """A hint to whoever watches; it is not stored, and lost when the broker is away. Raises NotAllowed."""
    voice = _take_part(ticket, by)
    send_hint(TYPING, ticket.pk, voice=voice.value, person=by.pk, name=by.name)


def _take_part(ticket: Ticket, by: User) -> Voice:
    voice = side_of(by)
    if voice == Voice.CUSTOMER and by.pk not in (ticket.customer.user_id, ticket.opened_by_id):
        raise NotAllowed("A colleague's conversation can be read, not joined. Ask the person who opened it.")
    if voice == Voice.CUSTOMER and by.pk != ticket.opened_by_id and is_unproven(ticket):
        raise NotAllowed("Somebody who gave your address opened this and would see you. Open a chat of your own.")
    return voice
