"""What the API's description shows of webhooks."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

ROW: dict[str, Any] = {
    "id": 3,
    "url": "https://tools.example.com/desk",
    "description": "The on-call board",
    "events": ["ticket.escalated", "ticket.resolved"],
    "is_active": True,
    "off_because": "",
    "before_until": None,
    "created_at": "2026-11-26T12:00:00Z",
}
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="  # noqa: S105  an example


def _asked(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _answered(name: str, value: dict[str, Any], status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


REGISTER = [
    _asked("Two kinds of news", {name: ROW[name] for name in ("url", "description", "events")}),
    _answered("As registered", {**ROW, "secret": SECRET}, "201"),
]
CHANGE = [_asked("Off for now", {"is_active": False}), _answered("As changed", {**ROW, "is_active": False})]
RECOVER = [
    _asked("Since this morning", {"since": "2026-11-26T06:00:00Z"}),
    _answered("On its way", {"queued": 42}, "202"),
]
