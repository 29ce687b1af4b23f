"""calls/ and tickets/{reference}/calls/: what a phone system or an agent tells of phone calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.views import RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.people.user import User
from tickets.api.find import active_agent, find_ticket
from tickets.api.serializers import LogCall, LogCallOnTicket
from tickets.api.shapes import CallRow
from tickets.api.views import TicketScopes
from tickets.models import PhoneCall
from tickets.models.ticket import reference_of
from tickets.workflow.log_call import log_call
from tickets.workflow.take_in_call import take_in_call

COLUMNS = (
    "id", "ticket_id", "direction", "number", "is_answered", "duration", "notes", "reply__is_internal", "source",
    "created_at", "by__email",
)  # fmt: skip


class CallsView(TicketScopes, ActingPost):
    """The door of a phone system."""

    is_for_staff: ClassVar[bool] = True

    @extend_schema(request=LogCall, responses={201: CallRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Log a call by its number: on the customer's newest live ticket, else on a new one, else it waits."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        return _answer(take_in_call(**_meant(LogCall.take(request)), by=act.by, at=act.at))


class TicketCallsView(TicketScopes, RowsView, ActingPost):
    """The phone calls about one ticket."""

    model = PhoneCall
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"created_at": ("id",), "-created_at": ("-id",)}
    is_for_staff: ClassVar[bool] = True

    def rows(self) -> Any:
        ticket = find_ticket(self.kwargs["reference"], self.reader)
        return PhoneCall.objects.filter(ticket=ticket).values(*COLUMNS)

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [_shown(row) for row in rows]

    @extend_schema(responses=CallRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Calls, oldest first."""
        return super().get(request, **kwargs)

    @extend_schema(request=LogCallOnTicket, responses={201: CallRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Log a call. One in which an agent spoke keeps the promised response; a missed one promises a call back."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        meant = _meant(LogCallOnTicket.take(request))
        ticket = find_ticket(kwargs["reference"], act.by)
        return _answer(log_call(ticket, **meant, by=act.by, at=act.at))


def _meant(said: dict[str, Any]) -> dict[str, Any]:
    agent: User | None = active_agent(said["agent"], field="agent") if said.get("agent") else None
    return {**said, "agent": agent}


def _answer(call: PhoneCall) -> Answer:
    return Answer(_shown(PhoneCall.objects.filter(pk=call.pk).values(*COLUMNS).get()), 201)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "ticket": row["ticket_id"] and reference_of(row["ticket_id"]),
        "direction": row["direction"],
        "number": row["number"],
        "is_answered": row["is_answered"],
        "duration": row["duration"],
        "notes": row["notes"],
        "is_public": row["reply__is_internal"] is False,
        "source": row["source"],
        "created_at": row["created_at"],
        "by": row["by__email"],
    }
