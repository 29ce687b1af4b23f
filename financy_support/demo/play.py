"""Plays the stories: each verb at its moment in the past, with the sweeps that came in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min

from financy_support.demo.people import Cast
from financy_support.demo.story import Step, Story, span
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User
from financy_support.desk.time.sweeper import deadline_models, sweep
from tickets.chat import be_here
from tickets.models import CHAT, Ticket
from tickets.workflow.assign import assign_ticket
from tickets.workflow.change_category import change_category
from tickets.workflow.change_severity import change_severity
from tickets.workflow.close import close_ticket
from tickets.workflow.escalate import escalate_ticket
from tickets.workflow.hold import hold_ticket, resume_ticket
from tickets.workflow.mark_read import mark_read
from tickets.workflow.note import note_ticket
from tickets.workflow.open import open_ticket
from tickets.workflow.rate import rate_ticket
from tickets.workflow.reopen import reopen_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket
from tickets.workflow.update_progress import send_progress_update


@dataclass(frozen=True)
class Moment:
    """One step of one story (None: the question itself) at its instant."""

    at: datetime
    story: Story
    step: Step | None


class DemoFailed(Exception):
    """A story did what the desk refuses; names the story, the step and the refusal."""


def play(stories: Sequence[Story], cast: Cast, *, now: datetime) -> list[Ticket]:
    """Live through all stories in the order of time, up to ``now`` (aware UTC); returns their tickets, oldest first.

    Between two steps every deadline that came is swept at its own instant, so that breaches and escalations by time
    carry the moment at which a running desk would have acted. Raises DemoFailed.
    """
    tickets: dict[str, Ticket] = {}
    for moment in _moments(stories, now):
        _sweep_up_to(moment.at)
        try:
            _live(moment, tickets, cast)
        except Exception as error:
            said = moment.step.verb if moment.step else "opening"
            raise DemoFailed(f"{moment.story.key}, {said} {moment.at:%d %b %H:%M}: {error}") from error
    _sweep_up_to(now)
    return list(tickets.values())


def _moments(stories: Sequence[Story], now: datetime) -> list[Moment]:
    moments = []
    for story in stories:
        opened = now - story.asked
        moments += [Moment(opened, story, None), *(Moment(opened + step.after, story, step) for step in story.steps)]
    return sorted(moments, key=lambda moment: moment.at)


def _sweep_up_to(at: datetime) -> None:
    while (come := _earliest_look()) is not None and come <= at:
        report = sweep(come)
        if report.failed or not report.total:
            raise DemoFailed(f"The sweep of {come:%d %b %H:%M} did not get through.")


def _earliest_look() -> datetime | None:
    looks = [model.objects.aggregate(first=Min("next_look_at"))["first"] for model in deadline_models()]
    return min((look for look in looks if look), default=None)


def _live(moment: Moment, tickets: dict[str, Ticket], cast: Cast) -> None:
    story, step = moment.story, moment.step
    customer = cast.customers[story.customer]
    by = _who(step.by if step else story.opened_by or "customer", customer, cast)
    with acting(by=by, channel="load_demo", reason=""):
        if step is None:
            is_chat = by == customer.user and story.values.get("channel") == CHAT  # their own words, in the chat itself
            tickets[story.key] = open_ticket(
                customer=customer, source=story.source, is_said_in_chat=is_chat, by=by, at=moment.at, **story.values
            )
        else:
            ticket = tickets[story.key]
            ticket.refresh_from_db()  # as everybody who acts on a ticket has just looked at it
            VERBS[step.verb](ticket, step.given, by, moment.at)


def _who(name: str, customer: Customer, cast: Cast) -> User:
    """A member of the desk by name; “customer” is whoever asked."""
    if name != "customer":
        return cast.members[name]
    assert customer.user is not None  # people.hire gives each one
    return customer.user


def _reply(ticket: Ticket, words: str, by: User, at: datetime) -> None:
    reply_to_ticket(ticket, body=words, channel=ticket.channel, seen=_newest(ticket), by=by, at=at)


def _newest(ticket: Ticket) -> int:
    """Whoever answers has read everything."""
    return ticket.replies.latest("id").pk


def _say(ticket: Ticket, words: str, by: User, at: datetime) -> None:
    """In a chat that the customer looks at; what is said with “reply” finds them gone."""
    assert ticket.customer.user is not None
    be_here(ticket, by=ticket.customer.user, at=at)
    reply_to_ticket(ticket, body=words, channel=CHAT, by=by, at=at)


def _read(ticket: Ticket, _: Any, by: User, at: datetime) -> None:
    newest = ticket.replies.filter(is_internal=False).latest("id")
    mark_read(ticket, up_to=newest.pk, by=by, at=at)


def _progress(ticket: Ticket, told: dict[str, str], by: User, at: datetime) -> None:
    send_progress_update(
        ticket,
        details=told["details"],
        next_steps=told["next_steps"],
        estimated_resolution=at + span(told["estimated_in"]),
        seen=_newest(ticket),
        by=by,
        at=at,
    )


# The words of a story file → the verb.
VERBS: dict[str, Callable[[Ticket, Any, User, datetime], Any]] = {
    "reply": _reply,
    "say": _say,
    "read": _read,
    "progress": _progress,
    "note": lambda ticket, words, by, at: note_ticket(ticket, body=words, by=by, at=at),
    "assign": lambda ticket, to, by, at: assign_ticket(ticket, to=by if to == "self" else None, by=by, at=at),
    "hold": lambda ticket, reason, by, at: hold_ticket(ticket, reason=reason, by=by, at=at),
    "resume": lambda ticket, _, by, at: resume_ticket(ticket, by=by, at=at),
    "severity": lambda ticket, given, by, at: change_severity(ticket, **given, by=by, at=at),
    "category": lambda ticket, to, by, at: change_category(ticket, category=to, by=by, at=at),
    "escalate": lambda ticket, given, by, at: escalate_ticket(ticket, **given, by=by, at=at),
    "resolve": lambda ticket, given, by, at: resolve_ticket(ticket, **given, seen=_newest(ticket), by=by, at=at),
    "reopen": lambda ticket, reason, by, at: reopen_ticket(ticket, reason=reason, by=by, at=at),
    "rate": lambda ticket, given, by, at: rate_ticket(ticket, **given, by=by, at=at),
    "close": lambda ticket, _, by, at: close_ticket(ticket, by=by, at=at),
}
