"""tickets/{reference}/video-calls/: agree on a video call, move it, call it off, say whether it took place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.serializers import StrictSerializer
from financy_support.api.views import RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import NotFound
from tickets.api.find import active_agent, find_ticket
from tickets.api.serializers import CancelVideoCall, FinishVideoCall, ScheduleVideoCall, VideoSpan
from tickets.api.shapes import VideoCallRow
from tickets.api.views import TicketScopes
from tickets.models import VideoAppointment
from tickets.models.ticket import reference_of
from tickets.workflow.change_video_call import cancel_video_call, finish_video_call, reschedule_video_call
from tickets.workflow.schedule_video_call import schedule_video_call

COLUMNS = ("id", "ticket_id", "agent__email", "starts_at", "ends_at", "join_link", "status", "uid", "sequence")


class VideoCallsView(TicketScopes, RowsView, ActingPost):
    """The video calls of one ticket."""

    model = VideoAppointment
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"-created_at": ("-id",), "created_at": ("id",)}
    is_for_staff: ClassVar[bool] = True

    def rows(self) -> Any:
        ticket = find_ticket(self.kwargs["reference"], self.reader)
        return VideoAppointment.objects.filter(ticket=ticket).values(*COLUMNS)

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [_shown(row) for row in rows]

    @extend_schema(responses=VideoCallRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Video calls, newest first."""
        return super().get(request, **kwargs)

    @extend_schema(request=ScheduleVideoCall, responses={201: VideoCallRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Agree on a call: customer and agent are invited by mail, with an entry for their calendars."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = ScheduleVideoCall.take(request)
        ticket = find_ticket(kwargs["reference"], act.by)
        email = said.pop("agent", "")
        agent = active_agent(email, field="agent") if email else act.by
        return _answer(schedule_video_call(ticket, agent=agent, **said, by=act.by, at=act.at), 201)


class ChangeView(TicketScopes, ActingPost):
    """One verb on one call."""

    is_for_staff: ClassVar[bool] = True
    body: ClassVar[type[StrictSerializer]]
    verb: ClassVar[Callable[..., VideoAppointment]]

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = self.body.take(request)
        ticket = find_ticket(kwargs["reference"], act.by)
        call = VideoAppointment.objects.filter(ticket=ticket, pk=kwargs["number"]).select_related("ticket").first()
        if call is None:
            raise NotFound
        return _answer(type(self).verb(call, **said, by=act.by, at=act.at), 200)


@extend_schema(request=VideoSpan, responses=VideoCallRow)
class RescheduleView(ChangeView):
    """Another time for the same call."""

    body = VideoSpan
    verb = reschedule_video_call


@extend_schema(request=CancelVideoCall, responses=VideoCallRow)
class CancelView(ChangeView):
    """Call it off."""

    body = CancelVideoCall
    verb = cancel_video_call


@extend_schema(request=FinishVideoCall, responses=VideoCallRow)
class FinishView(ChangeView):
    """Say whether it took place."""

    body = FinishVideoCall
    verb = finish_video_call


def _answer(call: VideoAppointment, status: int) -> Answer:
    return Answer(_shown(VideoAppointment.objects.filter(pk=call.pk).values(*COLUMNS).get()), status)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    shown = {name: row[name] for name in COLUMNS if name not in ("ticket_id", "agent__email")}
    return {**shown, "ticket": reference_of(row["ticket_id"]), "agent": row["agent__email"]}
