"""What an e-mail address has to be so that any mail server on the way can carry it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.encoding import punycode

from financy_support.desk.errors import Invalid
from financy_support.desk.people.user import User

LONGEST = 254  # with its domain in ASCII (RFC 5321, 4.5.3.1)
LONGEST_BEFORE_AT = 64


def require_address(said: str) -> str:
    """``said`` without outer blanks, its domain in small letters.

    Raises Invalid for ``email``: ``malformed`` when it is no address, ``undeliverable`` when it is one that mail
    cannot carry (letters beyond ASCII or quotes before the @, a host without a dot, a domain that never exists).
    """
    address = User.objects.normalize_email(said.strip())
    before, _, domain = address.rpartition("@")
    if address.isprintable() and (why := _why_undeliverable(before, domain)):
        raise Invalid(f"“{address}” {why} Ask for another address.", field="email", code="undeliverable")
    try:
        validate_email(address)
        is_short = len(before) <= LONGEST_BEFORE_AT and len(f"{before}@{punycode(domain)}") <= LONGEST
    except (ValidationError, UnicodeError):
        raise _malformed(address) from None
    if not is_short:
        raise Invalid(
            f"This address is longer than mail can carry ({LONGEST_BEFORE_AT} characters before the @, {LONGEST} in"
            " all). Ask for another address.",
            field="email",
            code="undeliverable",
        )
    return address


def _why_undeliverable(before: str, domain: str) -> str:
    if not before or not domain:
        return ""
    if not before.isascii():
        return "has letters before the @ that not every mail server takes."
    if '"' in before:
        return "has quotes before the @, which not every mail server takes."
    if domain.startswith("[") or "." not in domain:
        return "names no domain that mail finds its way to."
    if domain.endswith(".invalid"):  # also where erased customers' tombstones stand
        return "ends in .invalid, which never exists (RFC 2606)."
    return ""


def _malformed(address: str) -> Invalid:
    shown = f"“{address}”" if address.isprintable() and 0 < len(address) <= LONGEST else "This"
    return Invalid(f"{shown} is no e-mail address. Use one like ana@example.com.", field="email", code="malformed")
