"""Addresses and Message-IDs of ours that nobody can forge: how an answer finds its way back to what it is about."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "communications.addresses"
SIGNATURE = 16  # letters of base32: 80 bits
TOKEN = re.compile(r"([a-z]{2,5}-\d{1,15})\.([cu])(\d{1,15})\.([a-z2-7]{16})")
MESSAGE_ID = re.compile(r"<?([a-z2-7]{16})\.([a-z2-7]{16})@[^<>@\s]+>?")


@dataclass(frozen=True)
class ReplyToken:
    """What a signed address says: about which reference, and to which customer or which of our people it was given."""

    reference: str
    customer_id: int | None = None
    person_id: int | None = None


def reply_address(reference: str, *, customer_id: int | None = None, person_id: int | None = None) -> str:
    """``support+fin-000123.c7.k3…@desk.example``: an answer sent there is about ``reference``, from just this one.

    Everything in it is small letters and digits: mail systems on the way may lower the case of an address.
    """
    box, _, domain = settings.DESK_SUPPORT_ADDRESS.partition("@")
    told = f"{reference.lower()}.{f'u{person_id}' if customer_id is None else f'c{customer_id}'}"
    return f"{box}+{told}.{_signature('address', told)}@{domain}"


def token_in(address: str) -> ReplyToken | None:
    """What an address of ours says, or None when its signature is not ours."""
    box, _, rest = address.strip().lower().partition("+")
    local, _, domain = rest.rpartition("@")
    ours = settings.DESK_SUPPORT_ADDRESS.lower().partition("@")
    match = TOKEN.fullmatch(local)
    if match is None or (box, domain) != (ours[0], ours[2]):
        return None
    reference, kind, number, signature = match.groups()
    if not _is_signed("address", f"{reference}.{kind}{number}", signature):
        return None
    is_customer = kind == "c"
    return ReplyToken(reference.upper(), int(number) if is_customer else None, None if is_customer else int(number))


def new_message_id() -> str:
    """A Message-ID (RFC 5322 §3.6.4) that carries its own signature."""
    number = base64.b32encode(secrets.token_bytes(10)).decode().lower()  # short: header lines end at 78
    return f"<{number}.{_signature('message-id', number)}@{settings.DESK_MAIL_DOMAIN}>"


def is_ours(message_id: str) -> bool:
    """Whether this desk made the Message-ID."""
    match = MESSAGE_ID.fullmatch(message_id.strip())
    return match is not None and _is_signed("message-id", match[1], match[2])


def loop_mark(message_id: str) -> str:
    """What our automatic mail says in X-Financy-Loop; a mail with a true one is our own and came back."""
    return _signature("loop", message_id)


def is_loop_mark(mark: str, message_id: str) -> bool:
    """Whether ``mark`` is what this desk put on the mail with that Message-ID."""
    return _is_signed("loop", message_id, mark.strip())


def is_desk_address(address: str) -> bool:
    """Whether mail to ``address`` comes to this desk: its support address, with or without a plus."""
    box, _, domain = address.strip().lower().rpartition("@")
    ours, _, our_domain = settings.DESK_SUPPORT_ADDRESS.lower().rpartition("@")
    return domain == our_domain and box.partition("+")[0] == ours


def _signature(kind: str, value: str) -> str:
    return next(_signatures(kind, value))


def _is_signed(kind: str, value: str, signature: str) -> bool:
    return any(constant_time_compare(signature, one) for one in _signatures(kind, value))


def _signatures(kind: str, value: str) -> Iterator[str]:
    """By today's key, then by those that were: a rotated key keeps old threads whole."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        digest = salted_hmac(f"{SALT}.{kind}", value, secret=key, algorithm="sha256").digest()
        yield base64.b32encode(digest).decode().lower()[:SIGNATURE]
