"""SMTP and LMTP doors: a mail is answered 250 only when it is committed, 451 when it cannot be kept right now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Heard
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from communications.addresses import is_desk_address
from communications.inbound.keep import Envelope, TooLarge, keep_mail
from communications.inbound.limits import LARGEST_MAIL, MOST_RECIPIENTS
from communications.models import Door
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor

log = logging.getLogger(__name__)

NULL_PATHS = ("", "<>")
KINDS: dict[str, type[SMTP]] = {"smtp": SMTP, "lmtp": LMTP}


@dataclass(frozen=True)
class Listen:
    """Where one door stands."""

    kind: str
    host: str
    port: int


def doors_of(addresses: Sequence[str]) -> list[Listen]:
    """``smtp://127.0.0.1:2526`` and ``lmtp://0.0.0.0:2424`` read. Raises ImproperlyConfigured."""
    doors = []
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme not in KINDS or not parts.hostname or parts.port is None:
            raise ImproperlyConfigured(
                f"DESK_MAIL_LISTEN={address!r} is no door. Use smtp://127.0.0.1:2526 or lmtp://127.0.0.1:2424."
            )
        doors.append(Listen(parts.scheme, parts.hostname, parts.port))
    return doors


async def open_door(door: Listen) -> asyncio.Server:
    """Listen there until the server is closed."""
    make = KINDS[door.kind]
    handler = MailDoor(Door(door.kind))
    return await asyncio.get_running_loop().create_server(
        lambda: make(handler, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, hostname="desk", ident="desk"),
        door.host,
        door.port,
    )


class MailDoor:
    """What the door says at each step; it takes mail for the desk's own address and relays nothing."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def handle_RCPT(  # noqa: N802 its name in aiosmtpd
        self, _server: SMTP, _session: Session, envelope: Heard, address: str, _options: list[str]
    ) -> str:
        if not is_desk_address(address):
            return "550 5.7.1 This desk takes mail for its own address only"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Heard) -> str:  # noqa: N802 its name in aiosmtpd
        content: Any = envelope.original_content or b""
        sender = envelope.mail_from
        heard = Envelope("" if sender in NULL_PATHS else sender, list(envelope.rcpt_tos))
        answer = await asyncio.to_thread(_answer_apart, content, self._door, heard)
        if self._door == Door.LMTP:  # one answer for each recipient (RFC 2033 §4.2)
            return "\r\n".join([answer] * len(envelope.rcpt_tos))
        return answer


def answer_to(content: bytes, door: Door, envelope: Envelope) -> str:
    """Keep the mail and say so; whatever keeps it from being kept asks the sender to come again."""
    try:
        with acting(by=system_actor(SystemActor.MAIL), channel=door.value, reason="a mail came in") as act:
            mail = keep_mail(content, door=door, envelope=envelope, by=act.by, at=act.at)
    except TooLarge as refusal:
        return f"552 5.3.4 {refusal.detail}"
    except DatabaseError as error:
        log.warning("A mail was put off: %s.", type(error).__name__)
        return "451 4.3.0 The desk cannot keep mail right now, come again"
    except Exception as error:
        log.warning("A mail was put off: %s.", type(error).__name__, exc_info=True)
        return "451 4.3.0 The desk could not keep this mail, come again"
    return f"250 2.0.0 Kept as {mail.pk}"


def _answer_apart(content: bytes, door: Door, envelope: Envelope) -> str:
    """In a thread of its own, which keeps no connection to the database when it is done."""
    try:
        return answer_to(content, door, envelope)
    finally:
        connection.close()
