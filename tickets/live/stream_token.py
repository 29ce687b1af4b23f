"""The stream token: EventSource sends no header, so an address with a signed name opens a stream, within a minute."""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing

SALT = "desk.live"
LIFE = 60  # seconds in which the stream must be opened


@dataclass(frozen=True)
class Seat:
    """Who may listen to what: person, ticket, and on whose side (customers never hear internal notes).

    ``reach`` and ``is_assigned`` are in whose hands it was when that was found out (``read_back.Hands``): a ticket that
    changes hands before the stream is opened is not heard.
    """

    ticket: int
    person: int
    voice: str
    reach: tuple[int, ...] = ()
    is_assigned: bool = False


def token_for(seat: Seat) -> str:
    """Signed with the desk's key; says numbers and a side."""
    return signing.dumps([seat.ticket, seat.person, seat.voice, seat.reach, seat.is_assigned], salt=SALT)


def seat_of(token: str) -> Seat | None:
    """None when forged, older than a minute or not a token at all."""
    try:
        ticket, person, voice, reach, is_assigned = signing.loads(token, salt=SALT, max_age=LIFE)
        return Seat(ticket, person, voice, tuple(reach), is_assigned)
    except (signing.BadSignature, TypeError, ValueError):
        return None
