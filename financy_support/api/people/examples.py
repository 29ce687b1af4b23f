"""What the API's description shows of people: one customer and one organisation, asked for and answered."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

SAID = {
    "name": "Ana Souza",
    "email": "ana.souza@example.com",
    "phone": "+55 11 5555-0100",
    "organisation": 12,
    "language": "pt",
    "time_zone": "America/Sao_Paulo",
    "preferred_channel": "email_support",
}
FIRM = {"name": "Padaria Souza", "shares_tickets": True}


def _asked(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _answered(name: str, value: dict[str, Any], status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


REGISTER_CUSTOMER = [_asked("A customer of a firm", SAID), _answered("As registered", {"id": 345, **SAID}, "201")]
CHANGE_CUSTOMER = [
    _asked("Answer me in Spanish, by phone", {"language": "es", "preferred_channel": "phone_support"}),
    _answered("As changed", {"id": 345, **SAID, "language": "es", "preferred_channel": "phone_support"}),
]
REGISTER_ORGANISATION = [_asked("A firm that shares", FIRM), _answered("As registered", {"id": 12, **FIRM}, "201")]
CHANGE_ORGANISATION = [
    _asked("End the sharing", {"shares_tickets": False}),
    _answered("As changed", {"id": 12, **FIRM, "shares_tickets": False}),
]
