"""Secrets of providers at rest: sealed with the desk's field keys, which are not its SECRET_KEY."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from financy_support.desk.errors import Conflict


class KeyMissing(Conflict):
    """The desk lacks the key of its secrets: none is set, or not the one that sealed this."""


def seal(secret: str) -> str:
    """The secret as it may lie in the database, sealed with the newest key; nothing stays nothing.

    Raises :class:`KeyMissing` when the desk has no key.
    """
    return _keys().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """The secret again, by whichever key sealed it. Raises :class:`KeyMissing` when none of them did."""
    if not sealed:
        return ""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise KeyMissing(
            "A secret was sealed with a key that is gone. Add that key to DESK_FIELD_KEYS, or enter the secret anew.",
            code="cannot_unseal",
        ) from None


def reseal(sealed: str) -> str:
    """The same secret, sealed with the newest key. Raises :class:`KeyMissing`."""
    return seal(unseal(sealed))


def _keys() -> MultiFernet:
    if not settings.DESK_FIELD_KEYS:
        raise KeyMissing(
            "DESK_FIELD_KEYS is not set: the desk cannot keep secrets. Give it a key.", code="no_field_key"
        )
    return MultiFernet([Fernet(key) for key in settings.DESK_FIELD_KEYS])
