"""reschedule_video_call, cancel_video_call, finish_video_call: what becomes of an agreed call."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from financy_support.desk.errors import Conflict
from financy_support.desk.people.user import User
from financy_support.desk.wording import require_words
from tickets.appointments import promise_call, require_free, require_span, tell_both
from tickets.in_hand import InHand, put_back, take_ticket
from tickets.models import AppointmentStatus, DeadlineKind, Reply, VideoAppointment, Voice
from tickets.reply_guard import knowingly
from tickets.workflow.open import LONGEST_BODY
from tickets.workflow.reply import keep_response_promises


def reschedule_video_call(
    appointment: VideoAppointment, *, starts_at: datetime, ends_at: datetime, by: User, at: datetime
) -> VideoAppointment:
    """Another time for the same call: calendars move it, since its UID stays and its SEQUENCE grows.

    Raises Invalid naming the field, Conflict when it is not planned any more, NotAllowed, NotFound.
    """
    hand, planned = _take(appointment, by)
    require_span(hand.ticket, starts_at, ends_at, at)
    require_free(planned.agent, starts_at, ends_at, but=planned)
    planned.starts_at, planned.ends_at, planned.reminded_at = starts_at, ends_at, None
    _save_next(planned, "starts_at", "ends_at", "reminded_at")
    promise_call(hand, planned, at)
    put_back(hand)
    tell_both(planned, "video_moved", by=by, at=at)
    return planned


def cancel_video_call(appointment: VideoAppointment, *, reason: str, by: User, at: datetime) -> VideoAppointment:
    """Call it off: calendars remove it. ``reason`` is for the history. Raises as :func:`reschedule_video_call`."""
    reason = require_words(reason, field="reason", longest=150)
    hand, planned = _take(appointment, by)
    planned.status = AppointmentStatus.CANCELLED
    _save_next(planned, "status")
    for deadline in hand.owed(DeadlineKind.VIDEO_CALL):
        deadline.cancel(at, f"called off: {reason}")
    put_back(hand)
    tell_both(planned, "video_cancelled", by=by, at=at)
    return planned


def finish_video_call(
    appointment: VideoAppointment,
    *,
    is_held: bool,
    notes: str = "",
    confirm: Collection[str] = (),
    by: User,
    at: datetime,
) -> VideoAppointment:
    """Say whether the call took place; held, its notes are a public reply of the channel and keep what answers keep.

    Raises Conflict before its start or when it is not planned any more, Invalid when a held one has no notes,
    NeedsConfirmation about notes that the customer will read.
    """
    hand, planned = _take(appointment, by)
    if at < planned.starts_at:
        raise Conflict("The call has not begun. Cancel or reschedule it instead.", code="not_begun")
    notes = require_words(notes, field="notes", longest=LONGEST_BODY) if is_held or notes else ""
    is_public = is_held and by.is_agent
    with knowingly(
        hand.ticket, words={"notes": notes} if is_public else {}, is_answer=False, confirm=confirm, by=by
    ):  # fmt: skip
        planned.status = AppointmentStatus.HELD if is_held else AppointmentStatus.MISSED
        planned.save(update_fields=["status"])
        for deadline in hand.owed(DeadlineKind.VIDEO_CALL):
            deadline.meet(at)
        Reply.objects.create(
            ticket=hand.ticket,
            voice=Voice.AGENT,
            author=by,
            is_internal=not is_public,
            channel="video_call",
            body=notes or "The video call did not take place.",
            created_at=at,
        )
        if is_public:
            keep_response_promises(hand, by, at)
            hand.ticket.last_word_by, hand.ticket.last_word_at = Voice.AGENT, at
        put_back(hand, "first_responded_at", "last_word_by", "last_word_at")
    return planned


def _take(appointment: VideoAppointment, by: User) -> tuple[InHand, VideoAppointment]:
    hand = take_ticket(appointment.ticket, by=by)
    planned = VideoAppointment.objects.select_related("customer", "agent").get(pk=appointment.pk)
    planned.ticket = hand.ticket
    if planned.status != AppointmentStatus.PLANNED:
        raise Conflict(f"This call is {planned.get_status_display()}. Agree on a new one.", code="not_planned")
    return hand, planned


def _save_next(appointment: VideoAppointment, *columns: str) -> None:
    appointment.sequence += 1
    appointment.save(update_fields=[*columns, "sequence"])
