"""What is said about a video call, to the customer and to the agent, each with the entry for their calendars."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from communications.models import Priority
from communications.send import About, Draft, send_messages
from communications.words import instant_in, words
from financy_support.desk.errors import Invalid
from financy_support.desk.people.user import User
from tickets.calendar_entry import calendar_entry
from tickets.in_hand import InHand
from tickets.messages import draft_about
from tickets.models import DeadlineKind, Ticket, VideoAppointment
from tickets.promises import Promise

VIDEO = "video_call"
LONGEST_CALL = timedelta(hours=4)
BY_MAIL, WHY_BY_MAIL = "email_support", "An invitation needs a calendar."


def require_span(ticket: Ticket, starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    """Raise Invalid unless the channel may be used for this ticket and this time (handbook 'communication_channels').

    The languages, and how long before a call is agreed on, are the channel's own row.
    """
    channel = words().channels.get(VIDEO)
    if channel is None or not channel.speaks(ticket.language):
        spoken = ", ".join(channel.languages) if channel else "no language"
        raise Invalid(f"Video calls are held in {spoken}. Write or phone instead.", field="language", code="language")
    if channel.response_time and starts_at < at + channel.response_time:
        hours = channel.response_time / timedelta(hours=1)
        raise Invalid(f"A video call is agreed {hours:g} hours before or more: choose a later time.", field="starts_at")
    if ends_at <= starts_at:
        raise Invalid("It ends before it starts: give a later end.", field="ends_at")
    if ends_at - starts_at > LONGEST_CALL:
        raise Invalid("A video call takes four hours at most: agree on two.", field="ends_at")


def require_free(agent: User, starts_at: datetime, ends_at: datetime, *, but: VideoAppointment | None = None) -> None:
    """Raise Invalid when the agent holds another call then. Their row is locked, so that two cannot book at once."""
    list(User.objects.select_for_update().filter(pk=agent.pk).values_list("pk"))
    taken = VideoAppointment.objects.filter(agent=agent, status="planned", starts_at__lt=ends_at, ends_at__gt=starts_at)
    if taken.exclude(pk__in=[but.pk] if but else []).exists():
        raise Invalid(f"{agent} holds another call then. Choose another time or agent.", field="starts_at", code="busy")


def promise_call(hand: InHand, appointment: VideoAppointment, at: datetime) -> None:
    """The call is a promise, late when nobody has said by its end that it was held; before its start it reminds."""
    kept = hand.deadlines.get(DeadlineKind.VIDEO_CALL)
    if kept is not None and kept.is_open:
        kept.retarget(appointment.ends_at - kept.started_at, policy_source=f"channel {VIDEO}", at=at)
    else:
        promise = Promise(DeadlineKind.VIDEO_CALL, appointment.ends_at - at, f"channel {VIDEO}")
        hand.start([promise], at)
        kept = hand.deadlines[DeadlineKind.VIDEO_CALL]
    channel = words().channels[VIDEO]
    kept.warn_at = max(appointment.starts_at - (channel.remind_before or timedelta()), at)
    kept.next_look_at = kept.warn_at


def tell_both(appointment: VideoAppointment, purpose: str, *, by: User, at: datetime) -> None:
    """Customer and agent hear it by mail, with the entry for their calendars; a reminder needs none."""
    ticket = appointment.ticket
    is_cancelled = purpose == "video_cancelled"
    to_customer = draft_about(
        ticket,
        purpose,
        update_type="appointment",
        is_automatic=not by.is_agent,
        starts_at=instant_in(appointment.starts_at, ticket.language, ticket.customer.time_zone),
        ends_at=instant_in(appointment.ends_at, ticket.language, ticket.customer.time_zone),
        agent_name=appointment.agent.name,
        join_link=appointment.join_link,
    )
    to_agent = _notice(appointment, purpose)
    drafts = [replace(to_customer, channel=BY_MAIL, channel_reason=WHY_BY_MAIL), to_agent]
    if purpose != "video_reminder":
        entry = calendar_entry(
            appointment, summary=f"{ticket.reference} {ticket.subject}", is_cancelled=is_cancelled, at=at
        )
        drafts = [replace(draft, calendar=entry) for draft in drafts]
    send_messages(drafts, by=by, at=at)


def _notice(appointment: VideoAppointment, purpose: str) -> Draft:
    agent, ticket = appointment.agent, appointment.ticket
    return Draft(
        "video_agent_notice",
        to=agent,
        about=About("tickets.ticket", ticket.pk, ticket.reference),
        language=agent.language,
        facts={
            "reference": ticket.reference,
            "subject": ticket.subject,
            "news": words().phrase(purpose, agent.language),
            "starts_at": instant_in(appointment.starts_at, agent.language, agent.time_zone),
            "customer": ticket.customer.name,
            "join_link": appointment.join_link,
        },
        severity=ticket.severity,
        update_type="appointment",
        urgency=Priority.USUAL,
    )
