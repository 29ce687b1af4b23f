"""The start page: what waits for me today, whether the desk's engines run; and the list of pages at the side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from communications.admin.sent import visible_deliveries
from communications.models import DeliveryState, Gate, InboundMail, MailState
from financy_support import mailbox
from financy_support.admin_base import Who, person
from financy_support.capped_paginator import MOST_COUNTED
from financy_support.desk.people.user import User
from financy_support.desk.time.heartbeat import SILENCE, Heartbeat
from financy_support.engines import ENGINES
from tickets.admin.queue import due_shown, url_of_view
from tickets.models import Ticket

MOST_URGENT = 8


@dataclass(frozen=True)
class Tile:
    """One number that is a link to the tickets behind it."""

    title: str
    count: str
    tone: str
    url: str
    hint: str


def today(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What unfold's start page shows (its DASHBOARD_CALLBACK)."""
    user, at = person(request), timezone.now()
    context["title"] = _("Today")
    context["engines"] = list(_engines(at))
    if Who.AGENTS.includes(user):
        mine = Ticket.objects.visible_to(user).live()
        urgent = mine.filter(next_due_at__isnull=False).select_related("customer", "assignee", "team")
        context["tiles"] = list(_tiles(user, at))
        context["urgent"] = [
            (ticket, due_shown(ticket, at)) for ticket in urgent.order_by("next_due_at", "id")[:MOST_URGENT]
        ]
    return context


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages at the side, each for whom it is meant."""
    user = request.user
    pages = [(group, list(_pages(rows, user))) for group, rows in _groups(user)]
    return [
        {"title": title, "collapsible": title in (_("Policy"), _("People")), "items": items}
        for title, items in pages
        if items
    ]


def _tiles(user: User, at: datetime) -> Iterator[Tile]:
    live = Ticket.objects.visible_to(user).live()
    teams = list(user.memberships.values_list("team_id", flat=True))
    for view, title, tone, rows, hint in (
        ("mine", _("Mine"), "plain", live.filter(assignee=user), _("assigned to me")),
        ("team", _("My team, unassigned"), "plain", live.filter(team__in=teams).unassigned(), _("nobody has them")),
        ("breached", _("Breached"), "breached", live.overdue(at), _("a promise is late")),
        ("hour", _("Within the hour"), "at_risk",
         live.filter(next_due_at__gt=at, next_due_at__lte=at + timedelta(hours=1)), _("falls due soon")),
        ("customer", _("Waiting on customer"), "paused", live.waiting_on_customer(), _("their word is next")),
    ):  # fmt: skip
        yield Tile(title, _counted(rows), tone, url_of_view(view), hint)
    dead = visible_deliveries(user).filter(state=DeliveryState.DEAD)
    url = f"{reverse('admin:communications_delivery_changelist')}?state__exact={DeliveryState.DEAD}"
    count = _counted(dead)
    yield Tile(_("Not delivered"), count, "plain" if count == "0" else "breached", url, _("messages given up"))
    kept = visible_deliveries(user).filter(state=DeliveryState.PARKED)
    url = f"{reverse('admin:communications_delivery_changelist')}?state__exact={DeliveryState.PARKED}"
    count = _counted(kept)
    yield Tile(
        _("Kept back"), count, "plain" if count == "0" else "at_risk", url, _("messages parked, with the reason")
    )
    away = Gate.objects.filter(closed_at__isnull=False).count()
    url = reverse("admin:communications_gate_changelist")
    yield Tile(_("Providers away"), str(away), "breached" if away else "plain", url, _("words wait for them"))
    parked = InboundMail.objects.visible_to(user).filter(state=MailState.PARKED)
    url = f"{reverse('admin:communications_inboundmail_changelist')}?state__exact={MailState.PARKED}"
    count = _counted(parked)
    yield Tile(_("Parked mail"), count, "plain" if count == "0" else "at_risk", url, _("came in and waits for you"))


def _counted(rows: QuerySet[Any]) -> str:
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else str(count)


def _engines(at: datetime) -> Iterator[dict[str, Any]]:
    beats = {beat.engine: beat for beat in Heartbeat.objects.all()}
    for engine in ENGINES:
        beat = beats.get(engine)
        yield {"name": engine, "beat_at": beat and beat.beat_at, "is_silent": not beat or beat.beat_at < at - SILENCE}


def _groups(user: Any) -> Iterator[tuple[str, list[tuple[str, str, str, Who]]]]:
    agents, staff, admins = Who.AGENTS, Who.STAFF, Who.ADMINISTRATORS
    yield (
        _("Desk"),
        [
            (_("Today"), "home", "admin:index", staff),
            (_("Tickets"), "confirmation_number", "admin:tickets_ticket_changelist", agents),
            (_("Customers"), "person", "admin:desk_customer_changelist", agents),
            (_("Organisations"), "apartment", "admin:desk_organisation_changelist", agents),
            (_("Messages"), "mail", "admin:communications_message_changelist", agents),
            (_("Test page"), "ring_volume", "admin:communications_test_page", agents),
            (_("Phone calls"), "call", "admin:tickets_phonecall_changelist", agents),
            (_("Inbound mail"), "move_to_inbox", "admin:communications_inboundmail_changelist", agents),
            (_("Bounced addresses"), "unsubscribe", "admin:communications_bouncedaddress_changelist", agents),
            (_("Deliveries"), "outbox", "admin:communications_delivery_changelist", agents),
            (_("Gates"), "door_front", "admin:communications_gate_changelist", agents),
            *([(_("Local mailbox"), "inbox", "admin:mailbox", admins)] if mailbox.is_open() else []),
        ],
    )
    yield (
        _("Knowledge"),
        [
            (_("Articles"), "menu_book", "admin:knowledge_article_changelist", staff),
            (_("Review queue"), "rate_review", "admin:knowledge_revision_changelist", staff),
            (_("Runbooks"), "account_tree", "admin:knowledge_runbookrevision_changelist", staff),
            (_("Trains"), "train", "admin:knowledge_train_changelist", staff),
            (_("Feedback"), "reviews", "admin:knowledge_feedback_changelist", staff),
            (_("Assignments"), "assignment_ind", "admin:knowledge_assignment_changelist", staff),
            (_("What readers do"), "monitoring", "admin:knowledge_behaviour", staff),
            (_("Try a search"), "manage_search", "admin:knowledge_try_search", staff),
            (_("Gaps"), "search_off", "admin:knowledge_gaps", staff),
            (_("Releases"), "new_releases", "admin:knowledge_release_changelist", staff),
            (_("Experts"), "workspace_premium", "admin:knowledge_expert_changelist", staff),
            (_("Synonyms"), "sync_alt", "admin:knowledge_synonym_changelist", staff),
            (_("SEO keywords"), "travel_explore", "admin:knowledge_seokeyword_changelist", staff),
            (_("Practices"), "checklist", "admin:knowledge_practice_changelist", staff),
            (_("Old addresses"), "alt_route", "admin:knowledge_redirect_changelist", staff),
            (_("Shelves"), "shelves", "admin:knowledge_category_changelist", staff),
            (_("Knowledge systems"), "library_books", "admin:knowledge_knowledgesystem_changelist", staff),
        ],
    )
    yield (
        _("Policy"),
        [
            (_("Message templates"), "description", "admin:communications_messagetemplate_changelist", staff),
            (_("Phrases"), "short_text", "admin:communications_phrase_changelist", staff),
            (_("Channels"), "forum", "admin:communications_channel_changelist", agents),
            (_("Quiet hours"), "bedtime", "admin:communications_quiethours_changelist", agents),
            (_("Mail budgets"), "speed", "admin:communications_mailbudget_changelist", agents),
            (_("Destinations"), "hub", "admin:communications_destination_changelist", agents),
            (_("Provider accounts"), "vpn_key", "admin:communications_provideraccount_changelist", admins),
            (_("Webhooks"), "webhook", "admin:communications_webhookendpoint_changelist", admins),
            (_("SLA targets"), "timer", "admin:tickets_slatarget_changelist", agents),
            (_("Routes"), "alt_route", "admin:tickets_severityroute_changelist", agents),
            (_("Escalation paths"), "trending_up", "admin:tickets_escalationpath_changelist", agents),
            (_("Escalation criteria"), "rule", "admin:tickets_escalationcriterion_changelist", agents),
            (_("Hold rules"), "pause_circle", "admin:tickets_holdrule_changelist", agents),
            (_("Categories"), "category", "admin:tickets_category_changelist", agents),
            (_("Issue types"), "bug_report", "admin:tickets_issuetype_changelist", agents),
            (_("Satisfaction"), "star", "admin:tickets_satisfactiontarget_changelist", agents),
            (_("Business calendars"), "calendar_month", "admin:desk_businesscalendar_changelist", agents),
        ],
    )
    yield (
        _("People"),
        [
            (_("Log-ins"), "badge", "admin:desk_user_changelist", admins),
            (_("Teams"), "groups", "admin:desk_team_changelist", agents),
            (_("Tiers"), "stairs", "admin:desk_supporttier_changelist", agents),
            (_("On-call shifts"), "event_available", "admin:desk_oncallshift_changelist", agents),
            (_("Response roles"), "assignment_ind", "admin:desk_responserole_changelist", agents),
            (_("API tokens"), "key", "admin:api_apitoken_changelist", admins),
            (_("Portal sessions"), "co_present", "admin:tickets_portalsession_changelist", admins),
            (_("Sign-in links"), "link", "admin:tickets_portallink_changelist", admins),
            (_("Failed log-ins"), "lock", "admin:axes_accessattempt_changelist", admins),
        ],
    )


def _pages(rows: list[tuple[str, str, str, Who]], user: Any) -> Iterator[dict[str, Any]]:
    for title, icon, name, who in rows:
        if who.includes(user):
            yield {"title": title, "icon": icon, "link": reverse(name)}
