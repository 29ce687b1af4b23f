"""remind_video_calls: shortly before a call both are reminded, once for each time that was agreed on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from financy_support.desk.people.user import User
from tickets.appointments import tell_both
from tickets.models import Ticket, VideoAppointment


def remind_video_calls(tickets: Collection[Ticket], *, by: User, at: datetime) -> None:
    """The sweeper holds the tickets' locks. A call that is over, called off or reminded of is left alone."""
    due = VideoAppointment.objects.filter(
        ticket__in=tickets, status="planned", reminded_at__isnull=True, starts_at__gt=at
    ).select_related("ticket__customer", "customer", "agent")
    for appointment in due:
        appointment.reminded_at = at
        appointment.save(update_fields=["reminded_at"])
        tell_both(appointment, "video_reminder", by=by, at=at)
