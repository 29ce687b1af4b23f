"""What tickets say to customers: the facts of each message, handed to communications."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from communications.models import Destination, Message, Priority
from communications.send import About, Draft, send_message
from communications.ways import EMAIL
from communications.words import duration_in, instant_in, words
from financy_support.desk.people.language import Language
from financy_support.desk.people.severity import Severity
from financy_support.desk.people.team import TeamMembership
from financy_support.desk.people.user import User, UserKind
from tickets.models import CHAT, Escalation, EscalationKind, Reply, Resolution, Ticket
from tickets.policy import policy
from tickets.survey import survey_link


def greet(ticket: Ticket, *, promised: timedelta, by: User, at: datetime) -> Message:
    """Handbook sendInitialResponse: what was asked, and how soon a person answers."""
    return send_message(greeting_of(ticket, promised=promised, by=by), by=by, at=at)


def greeting_of(ticket: Ticket, *, promised: timedelta, by: User) -> Draft:
    """What :func:`greet` says."""
    said = duration_in(promised, ticket.language)
    draft = draft_about(
        ticket, "initial_response", update_type="initial", expected=promised, expected_response_time=said
    )
    if ticket.channel == CHAT and by.kind == UserKind.CUSTOMER:  # who asks in the chat themself is there to read it
        draft = replace(draft, channel=CHAT, channel_reason="The customer is in the chat.")
    return draft


def acknowledge_mail(ticket: Ticket, *, promised: timedelta, by: User, at: datetime) -> Message:
    """That a mail came: its number and when somebody answers, and not a word that its sender wrote (reliability M7)."""
    said = duration_in(promised, ticket.language)
    draft = draft_about(ticket, "mail_received", update_type="initial", expected=promised, expected_response_time=said)
    return send_message(draft, by=by, at=at)


def send_answer(
    ticket: Ticket,
    reply: Reply,
    *,
    facts: Mapping[str, str] | None = None,
    is_in_chat: bool = False,
    by: User,
    at: datetime,
) -> Message:
    """An agent's public reply, as the customer gets it; in an open chat it stands there already."""
    draft = draft_about(
        ticket, "agent_reply", update_type="reply", is_automatic=False, given=facts, reply_body=reply.body
    )
    if is_in_chat:
        draft = replace(draft, channel=CHAT, channel_reason="The customer is in the chat.")
    return send_message(draft, by=by, at=at)


def say_unread(ticket: Ticket, lines: Sequence[Reply], *, why: str, by: User, at: datetime) -> Message:
    """What was said in a chat and not read there, in one mail."""
    said = "\n\n".join(f"{line.author.name}:\n{line.body}" for line in lines)
    draft = draft_about(ticket, "chat_unread", update_type="reply", unread_lines=said)
    # Agents wrote it, so it is no automatic mail: no budget counts it, and robots may answer it.
    return send_message(replace(draft, channel=EMAIL, channel_reason=why, is_automatic=False), by=by, at=at)


def say_progress(
    ticket: Ticket,
    *,
    details: str,
    next_steps: str,
    estimated_resolution: datetime,
    next_update_at: datetime | None = None,
    facts: Mapping[str, str] | None = None,
    by: User,
    at: datetime,
) -> Message:
    """Handbook sendProgressUpdate: details, next steps, estimate in the customer's own zone."""
    draft = draft_about(
        ticket,
        "progress_update",
        update_type="progress",
        is_automatic=not by.is_agent,
        given=facts,
        progress_details=details,
        next_steps=next_steps,
        estimated_resolution=instant_in(estimated_resolution, ticket.language, ticket.customer.time_zone),
        next_update=instant_in(next_update_at, ticket.language, ticket.customer.time_zone)
        if next_update_at
        else words().phrase("next_update_open", ticket.language),
    )
    return send_message(draft, by=by, at=at)


def escalation_draft(
    ticket: Ticket, escalation: Escalation, *, promised: timedelta, facts: Mapping[str, str] | None = None
) -> Draft:
    """Handbook sendEscalationNotification: the customer-safe reason, the new team, its craft, the new timeline."""
    return draft_about(
        ticket,
        "escalation_notification",
        update_type="escalation",
        expected=promised,
        is_automatic=escalation.kind != EscalationKind.MANUAL,
        escalation_level=f"tier_{escalation.from_tier_id}_to_{escalation.to_tier_id}",
        given=facts,
        escalation_reason=escalation.customer_reason,
        new_team=escalation.to_team.public_name_in(ticket.language),
        expected_expertise=escalation.to_team.expertise_in(ticket.language),
        updated_timeline=duration_in(promised, ticket.language),
    )


def internal_escalation_drafts(escalations: Sequence[Escalation]) -> list[Draft]:
    """Handbook notifyInternalTeams: each receiving team hears by its destinations, or else its active people do.

    What the customer must not read stands here; every message is for staff and leaves on its own.
    """
    teams = {one.to_team_id for one in escalations}
    heard: dict[int, list[Destination | User]] = defaultdict(list)
    for place in Destination.objects.filter(team__in=teams, is_active=True).select_related("account"):
        if place.team_id:
            heard[place.team_id].append(place)
    silent = teams - set(heard)
    people = TeamMembership.objects.filter(team__in=silent, person__is_active=True).select_related("person")
    for membership in people.order_by("person_id") if silent else ():
        heard[membership.team_id].append(membership.person)
    return [draft for one in escalations for draft in _internal_drafts(one, heard[one.to_team_id])]


def _internal_drafts(escalation: Escalation, heard: Sequence[Destination | User]) -> Iterator[Draft]:
    ticket = escalation.ticket
    page = reverse("admin:tickets_ticket_change", args=[ticket.pk])
    facts = {
        "reference": ticket.reference,
        "subject": ticket.subject,
        "severity": ticket.severity,
        "from_team": policy().team(escalation.from_team_id).name,
        "new_team": escalation.to_team.name,
        "trigger": escalation.trigger,
        "escalation_reason": escalation.reason,
        "handoff": "\n".join(f"{item}: {text}" for item, text in escalation.handoff.items()),
        "ticket_link": f"{settings.DESK_BASE_URL}{page}",
    }
    for to in heard:
        yield _internal_draft(escalation, to, facts)


def _internal_draft(escalation: Escalation, to: Destination | User, facts: Mapping[str, str]) -> Draft:
    ticket = escalation.ticket
    language = to.language if isinstance(to, User) else _language_of(to)
    return Draft(
        purpose="escalation_internal",
        to=to,
        about=About("tickets.ticket", ticket.pk, ticket.reference),
        language=language,
        facts=facts,
        given={"handoff": words().phrase("nothing_goes_along", language)},
        severity=ticket.severity,
        update_type="escalation",
        priority=ticket.severity,
        escalation_level=f"tier_{escalation.from_tier_id}_to_{escalation.to_tier_id}",
        urgency=Priority.URGENT if ticket.severity == Severity.CRITICAL else Priority.USUAL,
    )


def _language_of(place: Destination) -> str:
    """The first of the place's languages, English when it names none."""
    spoken = [one.value for one in Language if one.name.lower() in place.languages]
    return Language.ENGLISH.value if Language.ENGLISH.value in spoken or not spoken else spoken[0]


def say_resolved(
    ticket: Ticket, resolution: Resolution, *, facts: Mapping[str, str] | None = None, by: User, at: datetime
) -> Message:
    """Handbook sendResolutionNotification: summary, actions, prevention, follow-up, survey link."""
    follow_up = resolution.follow_up or words().phrase(
        "follow_up_needed" if resolution.follow_up_required else "no_follow_up", ticket.language
    )
    draft = draft_about(
        ticket,
        "resolution_notification",
        update_type="resolution",
        is_automatic=not by.is_agent,
        given=facts,
        resolution_summary=resolution.summary,
        actions_taken=resolution.actions_taken,
        prevention_measures=resolution.prevention_measures,
        follow_up_required=follow_up,
        satisfaction_survey_link=survey_link(ticket, at=at),
    )
    return send_message(draft, by=by, at=at)


def draft_about(
    ticket: Ticket,
    purpose: str,
    *,
    update_type: str,
    expected: timedelta | None = None,
    escalation_level: str = "",
    is_automatic: bool = True,
    given: Mapping[str, str] | None = None,
    **facts: str,
) -> Draft:
    """A draft to the ticket's customer in the ticket's language, with the facts that every ticket message has.

    ``given`` are facts that a person adds where the desk has none.
    """
    return Draft(
        purpose=purpose,
        to=ticket.customer,
        about=About("tickets.ticket", ticket.pk, ticket.reference),
        language=ticket.language,
        facts={
            "reference": ticket.reference,
            "subject": ticket.subject,
            "request_link": request_address(ticket),
            **facts,
        },
        given=given or {},
        severity=ticket.severity,
        update_type=update_type,
        priority=ticket.severity,
        expected_response_time=expected,
        escalation_level=escalation_level,
        is_automatic=is_automatic,
    )


def request_address(ticket: Ticket) -> str:
    """Where the customer reads the ticket and answers it once signed in; always at the desk's own address (T7)."""
    return f"{settings.DESK_BASE_URL}{reverse('help-request', args=[ticket.language, ticket.reference])}"
