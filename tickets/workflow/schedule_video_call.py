"""schedule_video_call: agree on a time, invite customer and agent, promise to hold it."""

from __future__ import annotations

import uuid
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.user import User
from tickets.appointments import promise_call, require_free, require_span, tell_both
from tickets.in_hand import put_back, require_live, take_ticket
from tickets.models import Ticket, VideoAppointment

LONGEST_LINK = 500


def schedule_video_call(
    ticket: Ticket, *, agent: User, starts_at: datetime, ends_at: datetime, join_link: str, by: User, at: datetime
) -> VideoAppointment:
    """Agree on a video call; both get an invitation with an entry for their calendars, in their language and zone.

    Raises Invalid naming the field (language, starts_at, ends_at, agent, join_link), Conflict when one is planned on
    this ticket already or the ticket is not live, NotAllowed, NotFound.
    Source: handbook 'communication_channels' (video call: by appointment, 24 hours, English and Portuguese).
    """
    hand = take_ticket(ticket, by=by)
    ticket = hand.ticket
    require_live(ticket, "met about")
    if VideoAppointment.objects.filter(ticket=ticket, status="planned").exists():
        raise Conflict(f"{ticket.reference} has a planned video call. Reschedule or cancel that.", code="planned")
    require_span(ticket, starts_at, ends_at, at)
    require_link(join_link)
    if not agent.is_agent:
        raise Invalid("Only an active agent holds a call.", field="agent", code="unknown")
    require_free(agent, starts_at, ends_at)
    appointment = VideoAppointment.objects.create(
        ticket=ticket,
        customer=ticket.customer,
        agent=agent,
        starts_at=starts_at,
        ends_at=ends_at,
        join_link=join_link,
        uid=f"video-{uuid.uuid4().hex}@{settings.DESK_MAIL_DOMAIN}",
        created_at=at,
    )
    promise_call(hand, appointment, at)
    put_back(hand)
    tell_both(appointment, "video_invitation", by=by, at=at)
    return appointment


def require_link(link: str) -> None:
    """Raise Invalid unless it is an https address that a calendar can hold."""
    parts = urlsplit(link)
    if parts.scheme != "https" or not parts.hostname or len(link) > LONGEST_LINK or any(c.isspace() for c in link):
        raise Invalid("Give the https address by which one joins the call.", field="join_link")
