"""The calendar entry of a video call (RFC 5545, 5546): one UID for its life, a higher SEQUENCE for each change."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

from tickets.models import VideoAppointment

PRODUCT = "-//Financy//Support desk//EN"


def calendar_entry(appointment: VideoAppointment, *, summary: str, is_cancelled: bool, at: datetime) -> str:
    """What a calendar program needs to enter, move or remove the call; all times in UTC."""
    event = Event()
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", at.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    event.add("summary", summary)
    event.add("location", appointment.join_link)
    event.add("url", appointment.join_link)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event["organizer"] = _address(settings.DESK_SUPPORT_ADDRESS, appointment.agent.name)
    for email, name in (
        (appointment.customer.email, appointment.customer.name),
        (appointment.agent.email, appointment.agent.name),
    ):
        attendee = _address(email, name)
        attendee.params["partstat"] = vText("NEEDS-ACTION")
        attendee.params["rsvp"] = vText("TRUE")
        event.add("attendee", attendee, encode=False)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else "REQUEST")
    calendar.add_component(event)
    return calendar.to_ical().decode()


def _address(email: str, name: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["cn"] = vText(" ".join(name.replace('"', "'").split()))
    return address
