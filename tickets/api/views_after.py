"""tickets/{reference}/rate/ and follow-ups/: what comes after the resolution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.views import RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import NotFound
from tickets.api.find import active_agent, find_ticket
from tickets.api.serializers import AgreeFollowUp, CompleteFollowUp, Rate
from tickets.api.shapes import FollowUpRow, RatingRow
from tickets.api.views import TicketScopes
from tickets.models import FollowUp
from tickets.workflow.follow_up import complete_follow_up, follow_up_ticket
from tickets.workflow.rate import rate_ticket

COLUMNS = ("id", "cycle", "what", "due_at", "owner__email", "created_at", "done_at", "outcome")


class RateView(TicketScopes, ActingPost):
    """The customer's score."""

    @extend_schema(request=Rate, responses={201: RatingRow})
    def post(self, request: Request, **kwargs: Any) -> Any:
        """Rate the latest resolution of a ticket of one's own, once."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = Rate.take(request)
        rating = rate_ticket(find_ticket(kwargs["reference"], act.by), **said, by=act.by, at=act.at)
        return Answer({name: getattr(rating, name) for name in ("cycle", "score", "comment", "created_at")}, 201)


class FollowUpsView(TicketScopes, RowsView, ActingPost):
    """What is owed after the resolution."""

    model = FollowUp
    is_for_staff: ClassVar[bool] = True
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"due_at": ("due_at", "id"), "-due_at": ("-due_at", "-id")}

    def rows(self) -> Any:
        ticket = find_ticket(self.kwargs["reference"], self.reader)
        return FollowUp.objects.filter(ticket=ticket).values(*COLUMNS)

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [follow_up_shown(row) for row in rows]

    @extend_schema(responses=FollowUpRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Follow-ups by due time, done ones too."""
        return super().get(request, **kwargs)

    @extend_schema(request=AgreeFollowUp, responses={201: FollowUpRow})
    def post(self, request: Request, **kwargs: Any) -> Any:
        """Put a follow-up on the books."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = AgreeFollowUp.take(request)
        named = said.pop("owner")
        owner = active_agent(named, field="owner") if named else None
        ticket = find_ticket(kwargs["reference"], act.by)
        return _answer(follow_up_ticket(ticket, **said, owner=owner, by=act.by, at=act.at), 201)


class CompleteFollowUpView(TicketScopes, ActingPost):
    """The end of one follow-up."""

    is_for_staff: ClassVar[bool] = True

    @extend_schema(request=CompleteFollowUp, responses={200: FollowUpRow})
    def post(self, request: Request, **kwargs: Any) -> Any:
        """Say what came of it."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = CompleteFollowUp.take(request)
        ticket = find_ticket(kwargs["reference"], act.by)
        if kwargs["number"] > 2**62:
            raise NotFound
        return _answer(complete_follow_up(ticket, follow_up=kwargs["number"], **said, by=act.by, at=act.at), 200)


def follow_up_shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A follow-up; its owner as an address."""
    return {**{name: row[name] for name in COLUMNS if name != "owner__email"}, "owner": row["owner__email"]}


def _answer(follow_up: FollowUp, status: int) -> Answer:
    return Answer(follow_up_shown(FollowUp.objects.filter(pk=follow_up.pk).values(*COLUMNS).get()), status)
