"""What a customer's fields may hold; all refused ones are named at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from django.core.exceptions import ValidationError

from financy_support.desk.errors import DeskError, Invalid, Problem
from financy_support.desk.people.address import require_address
from financy_support.desk.people.channels import channel_codes
from financy_support.desk.people.language import Language
from financy_support.desk.people.organisation import Organisation
from financy_support.desk.people.time_zone import validate_time_zone
from financy_support.desk.people.user import User, UserKind

LONGEST_NAME = 200
PHONE = re.compile(r"\+?[0-9 ()./-]{1,31}")
DIGITS_OF_A_PHONE = range(5, 16)  # E.164 has 15 at most
UNSTORABLE = ("Cc", "Cs", "Zl", "Zp")  # control characters, halves of characters, line ends


class CustomerDetails(TypedDict, total=False):
    """What may be said of a customer beside who they are."""

    phone: str
    organisation: Organisation | None
    language: str
    time_zone: str
    preferred_channel: str
    user: User | None


class CustomerValues(CustomerDetails, total=False):
    """What may be changed of a customer; what is left out stays."""

    name: str
    email: str


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored. Raises Invalid that names each refused field, its rule and the way out."""
    stored: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in values.items():
        try:
            stored[name] = CHECKS[name](value) if name in CHECKS else value
        except DeskError as refusal:
            problems += refusal.problems
    if len(problems) == 1:
        raise Invalid(problems[0].detail, code=problems[0].code, problems=problems)
    if problems:
        raise Invalid("Some values were refused. Nothing was changed.", problems=problems)
    return stored


def require_name(said: str) -> str:
    """A name on one line. Raises Invalid when empty, too long or with what no mail and no database can carry."""
    name = said.strip()
    if not name:
        raise Invalid("“name” is empty: write one.", field="name", code="empty")
    if len(name) > LONGEST_NAME:
        raise Invalid(
            f"“name” has {len(name):,} characters; {LONGEST_NAME} is the most.", field="name", code="too_long"
        )
    if any(unicodedata.category(character) in UNSTORABLE for character in name):
        detail = "“name” holds line ends or control characters: write it on one line."
        raise Invalid(detail, field="name", code="malformed")
    return name


def _phone(said: str) -> str:
    phone = said.strip()
    digits = sum(character.isdigit() for character in phone)
    if phone and not (PHONE.fullmatch(phone) and digits in DIGITS_OF_A_PHONE):
        detail = "This is no phone number: 5 to 15 digits, with + ( ) . / - and blanks, e.g. +55 11 5555-0100."
        raise Invalid(detail, field="phone", code="malformed")
    return phone


def _language(said: str) -> str:
    if said not in Language.values:
        known = ", ".join(Language.values)
        raise Invalid(f"“{said}” is no language of the desk. Use one of: {known}.", field="language", code="unknown")
    return said


def _time_zone(said: str) -> str:
    try:
        validate_time_zone(said)
    except ValidationError as refusal:
        raise Invalid(refusal.messages[0], field="time_zone", code="unknown") from None
    return said


def _preferred_channel(said: str) -> str:
    known = channel_codes()
    if said not in known:
        detail = f"“{said}” is no channel of the desk. Use one of: {', '.join(known)}."
        raise Invalid(detail, field="preferred_channel", code="unknown")
    return said


def _user(log_in: User | None) -> User | None:
    if log_in is not None and log_in.kind != UserKind.CUSTOMER:
        detail = f"{log_in.email} is a log-in of kind “{log_in.get_kind_display()}”. Choose one of kind “customer”."
        raise Invalid(detail, field="user", code="unfit")
    return log_in


CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": require_name,
    "email": require_address,
    "phone": _phone,
    "language": _language,
    "time_zone": _time_zone,
    "preferred_channel": _preferred_channel,
    "user": _user,
}
