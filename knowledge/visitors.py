"""Whose searches belong together, without a cookie and without knowing anybody: a keyed hash that changes daily."""

from __future__ import annotations

import hmac
import re
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

PLACE = 16
# What must not be kept of what people type: addresses, and digits enough for a card, an account or a phone.
ADDRESS = re.compile(r"\S+@\S+")
DIGITS = re.compile(r"\+?\d(?:[\s.\-/]?\d){5,}")


def visitor_of(request: HttpRequest, at: datetime) -> str:
    """32 hexadecimal digits, the same for one browser at one address on one UTC day; the first PLACE tell the address.

    Whoever counts people counts addresses: a browser says of itself what it likes.
    """
    place = f"{at:%Y-%m-%d}|{request.META.get('REMOTE_ADDR', '')}"
    browser = f"{place}|{request.headers.get('User-Agent', '')}"
    return _digits("help", place)[:PLACE] + _digits("help", browser)[PLACE:]


def reader_of(request: HttpRequest, revision: int) -> str:
    """32 hexadecimal digits, the same for one browser at one address on one revision, whatever the day."""
    seen = f"{request.META.get('REMOTE_ADDR', '')}|{request.headers.get('User-Agent', '')}"
    return reader_who(seen, revision)


def reader_who(seen: str, revision: int) -> str:
    """The same of whatever tells one reader from another."""
    return _digits("vote", f"{revision}|{seen}")


def _digits(purpose: str, seen: str) -> str:
    return hmac.digest(f"{purpose}:{settings.SECRET_KEY}".encode(), seen.encode(), "sha256").hex()[:32]


def scrubbed(words: str) -> str:
    """Without addresses and long numbers: ``[address]`` and ``[number]`` stand there instead."""
    return DIGITS.sub("[number]", ADDRESS.sub("[address]", words))
