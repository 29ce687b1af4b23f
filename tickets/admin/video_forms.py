"""The forms of video calls on the ticket page: agree, move, call off, say how it went."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from financy_support.admin_base import UnfoldBooleanSwitchWidget
from financy_support.desk.errors import Invalid, NotFound
from financy_support.desk.people.user import User
from tickets.admin.forms import VerbForm, line, live_only, words
from tickets.models import Ticket, VideoAppointment
from tickets.workflow.change_video_call import cancel_video_call, finish_video_call, reschedule_video_call
from tickets.workflow.schedule_video_call import schedule_video_call

NONE_PLANNED = gettext_lazy("No video call is planned.")


def moment(label: Any) -> forms.DateTimeField:
    """A moment in the agent's own zone."""
    return forms.DateTimeField(
        label=label,
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "desk-input"}, format="%Y-%m-%dT%H:%M"),
    )


def planned_call(ticket: Ticket) -> VideoAppointment | None:
    """Read once for all forms of a page."""
    if not hasattr(ticket, "_planned_call"):
        found = VideoAppointment.objects.filter(ticket=ticket, status="planned").select_related("ticket").first()
        ticket._planned_call = found  # type: ignore[attr-defined]
    return ticket._planned_call  # type: ignore[attr-defined]


class ScheduleVideo(VerbForm):
    """Agree on a call that one holds oneself."""

    verb, title, icon = "video", gettext_lazy("Video call"), "video_call"
    button: ClassVar[Any] = gettext_lazy("Invite")
    hint: ClassVar[Any] = gettext_lazy("You hold it. Customer and you get an invitation; times are in your zone.")
    starts_at = moment(gettext_lazy("Starts"))
    ends_at = moment(gettext_lazy("Ends"))
    join_link = line(gettext_lazy("Link to join"))

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return _("One is planned already.") if planned_call(ticket) else live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        given = _with_times(self.cleaned_data)
        schedule_video_call(self.ticket, agent=by, **given, by=by, at=at)
        return _("%s is invited.") % self.ticket.customer


class MoveVideo(VerbForm):
    """Another time."""

    verb, title, icon = "video_move", gettext_lazy("Move the video call"), "event_repeat"
    button: ClassVar[Any] = gettext_lazy("Move it")
    starts_at = moment(gettext_lazy("Starts"))
    ends_at = moment(gettext_lazy("Ends"))

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return "" if planned_call(ticket) else str(NONE_PLANNED)

    def call(self, *, by: User, at: datetime) -> str:
        given = _with_times(self.cleaned_data)
        reschedule_video_call(_the_planned(self.ticket), **given, by=by, at=at)
        return _("Moved; calendars follow.")


class CancelVideo(VerbForm):
    """Call it off."""

    verb, title, icon = "video_cancel", gettext_lazy("Call off the video call"), "event_busy"
    button: ClassVar[Any] = gettext_lazy("Call it off")
    reason = line(gettext_lazy("Why"), help_text=gettext_lazy("For the history."))

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return "" if planned_call(ticket) else str(NONE_PLANNED)

    def call(self, *, by: User, at: datetime) -> str:
        cancel_video_call(_the_planned(self.ticket), reason=self.cleaned_data["reason"], by=by, at=at)
        return _("Called off; calendars follow.")


class FinishVideo(VerbForm):
    """Say how it went."""

    verb, title, icon = "video_finish", gettext_lazy("The video call is over"), "event_available"
    button: ClassVar[Any] = gettext_lazy("Note it")
    is_held = forms.BooleanField(
        label=gettext_lazy("It took place"), required=False, initial=True, widget=UnfoldBooleanSwitchWidget()
    )
    notes = words(gettext_lazy("What was said"), help_text=gettext_lazy("The customer may read it."))

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return "" if planned_call(ticket) else str(NONE_PLANNED)

    def call(self, *, by: User, at: datetime) -> str:
        finish_video_call(_the_planned(self.ticket), **self.cleaned_data, confirm=self.confirmed, by=by, at=at)
        return _("It is noted.")


def _the_planned(ticket: Ticket) -> VideoAppointment:
    planned = planned_call(ticket)
    if planned is None:
        raise NotFound(str(NONE_PLANNED))
    return planned


def _with_times(given: dict[str, Any]) -> dict[str, Any]:
    for field in ("starts_at", "ends_at"):
        if given[field] is None:
            raise Invalid(_("Give a day and a time."), field=field)
    return given
