"""The stream token: EventSource sends no header, so an address with a signed name opens a stream, within a minute."""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing

SALT = "desk.live"
LIFE = 60  # seconds in which the stream must be opened


@dataclass(frozen=True)
class Seat:
    """Who may listen to what: person, ticket, and on whose side (customers never hear internal notes)."""

    ticket: int
    person: int
    voice: str


def token_for(seat: Seat) -> str:
    """Signed with the desk's key; says no more than three words."""
    return signing.dumps([seat.ticket, seat.person, seat.voice], salt=SALT)


def seat_of(token: str) -> Seat | None:
    """None when forged, older than a minute or not a token at all."""
    try:
        return Seat(*signing.loads(token, salt=SALT, max_age=LIFE))
    except (signing.BadSignature, TypeError, ValueError):
        return None
