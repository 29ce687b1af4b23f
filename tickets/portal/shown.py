"""What a signed-in customer sees of their requests: what the API shows them, in their language and their own zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from communications.words import LOCALES
from financy_support.desk.people.user import User
from financy_support.desk.time.deadline import DeadlineState
from tickets.api.conversation import conversation_of, promises_of, resolutions_of
from tickets.api.shown import rows_of, shown
from tickets.models import DeadlineKind, ProgressUpdate, SatisfactionRating, Ticket, Voice
from tickets.models.ticket import pk_of
from tickets.portal.words import PORTAL_WORDS

A_PAGE = 20
ENDED = ("resolved", "closed")
SHOWS = ("open", "closed", "all")


@dataclass(frozen=True)
class Clock:
    """A customer's clock: moments as they read them."""

    language: str
    time_zone: str

    def says(self, at: datetime) -> str:
        """“Nov 23, 2026, 9:00 AM”, “23 de nov. de 2026, 09:00”; the zone is named once on the page."""
        locale, here = LOCALES[self.language], at.astimezone(ZoneInfo(self.time_zone))
        return f"{format_date(here, 'medium', locale=locale)}, {format_time(here, 'short', locale=locale)}"


@dataclass(frozen=True)
class Words:
    """One thing that was said; ``parts`` are the headings and texts of an answer or a progress update."""

    anchor: str
    is_ours: bool
    who: str
    at: datetime
    when: str
    body: str = ""
    parts: list[tuple[str, str]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)


def list_shown(person: User, *, show: str, page: int, clock: Clock, at: datetime) -> tuple[list[dict[str, Any]], bool]:
    """A page of the tickets that ``person`` may see, newest first, and whether there are more."""
    tickets = Ticket.objects.visible_to(person)
    if show != "all":
        tickets = tickets.filter(status__in=ENDED) if show == "closed" else tickets.live()
    start = (page - 1) * A_PAGE
    rows = list(rows_of(tickets.order_by("-pk"))[start : start + A_PAGE + 1])
    found = [ticket_shown(shown(row, reader=person, at=at), person=person, clock=clock) for row in rows[:A_PAGE]]
    return found, len(rows) > A_PAGE


def ticket_shown(ticket: Mapping[str, Any], *, person: User, clock: Clock) -> dict[str, Any]:
    """A ticket as the API shows it to ``person``, with what a page says beside it."""
    words = PORTAL_WORDS[clock.language]
    waits_for_them = ticket["status"] == "on_hold" and ticket["hold_reason"] == "customer"
    status = "on_hold_customer" if waits_for_them else ticket["status"]
    return {
        **ticket,
        "status_said": words[f"{status}_status"],
        "asked": clock.says(ticket["created_at"]),
        "is_own": ticket["customer"]["id"] == person.customer.pk,
        "is_ended": ticket["status"] in ENDED,
        "waits_for_them": waits_for_them,
    }


def said_on(reference: str, *, person: User, clock: Clock) -> list[Words]:
    """The public conversation, oldest first: words, progress updates, answers. Nothing that is for staff is read."""
    ticket_id = pk_of(reference) or 0
    said = [
        *_replies(ticket_id, person, clock),
        *_updates(ticket_id, clock),
        *_answers(ticket_id, clock),
    ]
    return sorted(said, key=lambda one: one.at)


def _replies(ticket_id: int, person: User, clock: Clock) -> list[Words]:
    return [
        Words(
            anchor=f"reply-{one['id']}",
            is_ours=one["voice"] == Voice.AGENT,
            who=one["author"],
            at=one["created_at"],
            when=clock.says(one["created_at"]),
            body=one["body"],
            files=one["attachments"],
        )
        for one in conversation_of(ticket_id, reader=person).replies
    ]


def _updates(ticket_id: int, clock: Clock) -> list[Words]:
    words = PORTAL_WORDS[clock.language]
    return [
        Words(
            anchor=f"update-{one.pk}",
            is_ours=True,
            who=one.by.name,
            at=one.created_at,
            when=clock.says(one.created_at),
            parts=[
                (words["progress"], one.details),
                (words["next_steps"], one.next_steps),
                (words["estimate"], clock.says(one.estimated_resolution)),
            ],
        )
        for one in ProgressUpdate.objects.filter(ticket=ticket_id).select_related("by")
    ]


def _answers(ticket_id: int, clock: Clock) -> list[Words]:
    words = PORTAL_WORDS[clock.language]
    return [
        Words(
            anchor=f"answer-{one['cycle']}",
            is_ours=True,
            who=words["we"],
            at=one["created_at"],
            when=clock.says(one["created_at"]),
            parts=[
                (heading, text)
                for heading, text in (
                    (words["resolution"], one["summary"]),
                    (words["actions"], one["actions_taken"]),
                    (words["prevention"], one["prevention_measures"]),
                    (words["follow_up"], one["follow_up"]),
                )
                if text
            ],
        )
        for one in resolutions_of(ticket_id)
    ]


def promise_said(reference: str, *, person: User, clock: Clock, at: datetime) -> str:
    """By when they are answered, or that we are late; empty when no answer is owed."""
    words = PORTAL_WORDS[clock.language]
    for one in promises_of(pk_of(reference) or 0, reader=person, at=at):
        is_owed = one["kind"] in (DeadlineKind.FIRST_RESPONSE, DeadlineKind.NEXT_RESPONSE) and one["met_at"] is None
        if is_owed and one["due_at"] is not None and one["state"] != DeadlineState.CANCELLED:
            return f"{words['late' if one['due_at'] <= at else 'due']} {clock.says(one['due_at'])}."
    return ""


def rating_of(reference: str) -> tuple[int, int]:
    """The cycle that was answered last, and its score; 0 where there is none."""
    ticket_id = pk_of(reference) or 0
    cycle = max((one["cycle"] for one in resolutions_of(ticket_id)), default=0)
    rated = SatisfactionRating.objects.filter(ticket=ticket_id, cycle=cycle).first() if cycle else None
    return cycle, rated.score if rated else 0
