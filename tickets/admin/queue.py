"""The queue: ready-made views of it, filters, and how due times read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from financy_support.admin_base import DropdownFilter
from financy_support.desk.people.language import Language
from financy_support.desk.people.severity import Severity
from financy_support.desk.people.user import User
from tickets.models import DeadlineKind, FollowUp, Status, Ticket, UpdateDraft
from tickets.querysets import TicketQuerySet

SOON = timedelta(hours=1)
DUE_KINDS, SEVERITIES, LANGUAGES = dict(DeadlineKind.choices), dict(Severity.choices), dict(Language.choices)


@dataclass(frozen=True)
class View:
    """One ready-made view: which tickets, and what to do when there are none."""

    name: str
    title: Any
    choose: Callable[[TicketQuerySet, User, datetime], TicketQuerySet]
    when_empty: Any


VIEWS = [
    View("live", gettext_lazy("Live"), lambda rows, me, at: rows.live(),
         gettext_lazy("No live ticket is yours to see. New ones appear here by their next due time.")),
    View("mine", gettext_lazy("Mine"), lambda rows, me, at: rows.live().filter(assignee=me),
         gettext_lazy("Nothing is assigned to you. Take one from “My team, unassigned”.")),
    View("team", gettext_lazy("My team, unassigned"),
         lambda rows, me, at: rows.live().unassigned().filter(team__in=_teams_of(me)),
         gettext_lazy("Everything of your teams has somebody. Look at “Within the hour” to help the others.")),
    View("breached", gettext_lazy("Breached"), lambda rows, me, at: rows.overdue(at),
         gettext_lazy("No promise is late. Well kept.")),
    View("hour", gettext_lazy("Breaching within the hour"),
         lambda rows, me, at: rows.live().filter(next_due_at__gt=at, next_due_at__lte=at + SOON),
         gettext_lazy("Nothing falls due within the hour.")),
    View("updates", gettext_lazy("Update owed"), lambda rows, me, at: rows.live().owing_an_update(),
         gettext_lazy("Every promised update was given in time.")),
    View("follow_ups", gettext_lazy("Follow-ups"), lambda rows, me, at: rows.to_follow_up(),
         gettext_lazy("No follow-up is owed.")),
    View("customer", gettext_lazy("Waiting on customer"), lambda rows, me, at: rows.waiting_on_customer(),
         gettext_lazy("No ticket waits for its customer.")),
    View("all", gettext_lazy("Everything"), lambda rows, me, at: rows,
         gettext_lazy("No ticket fits. Take a filter away, or search by other words.")),
]  # fmt: skip
BY_NAME = {view.name: view for view in VIEWS}


def _teams_of(me: User) -> list[int]:
    """By plain ids, so that the plan follows the index of those teams."""
    return list(me.memberships.values_list("team_id", flat=True))


class QueueView(SimpleListFilter):
    """Which view; live tickets unless somebody searches or asks for a status, which then looks at all."""

    title = gettext_lazy("view")
    parameter_name = "view"
    template = "admin/tickets/ticket/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(view.name, view.title) for view in VIEWS]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        assert isinstance(request.user, User)
        return chosen_view(request).choose(queryset, request.user, timezone.now())

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Nothing in the filter sheet: the views stand above the list."""
        return iter(())


class TierFilter(DropdownFilter):
    """By tier, without asking the database which there are."""

    title = gettext_lazy("tier")
    parameter_name = "tier"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(number), _("Tier %d") % number) for number in (1, 2, 3, 4)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(tier=self.value()) if self.value() in ("1", "2", "3", "4") else queryset


def chosen_view(request: HttpRequest) -> View:
    """The view in the address, else live, else everything for a search or a status."""
    named = BY_NAME.get(request.GET.get("view", ""))
    looks_wider = request.GET.get("q") or request.GET.get("status__exact") in (Status.RESOLVED, Status.CLOSED)
    return named or BY_NAME["all" if looks_wider else "live"]


def url_of_view(name: str) -> str:
    """The queue's address in one of its views."""
    return f"{reverse('admin:tickets_ticket_changelist')}?view={name}"


@dataclass(frozen=True)
class Due:
    """A due time as it is shown: the tone colours it, the word says the same."""

    tone: str
    word: str
    left: str
    kind: str
    at: datetime | None


@dataclass(frozen=True)
class Row:
    """One line of the queue."""

    ticket: Ticket
    due: Due
    severity: str
    language: str
    age: str
    silence: str
    owed: tuple[str, ...] = ()


def rows_shown(tickets: list[Any]) -> list[Row]:
    """A page of the queue, each judged at the moment it was looked at; what is owed beside promises is read at once."""
    shown = [ticket.pk for ticket in tickets]
    begun = UpdateDraft.objects.filter(ticket__in=shown, done_at__isnull=True)
    agreed = FollowUp.objects.filter(ticket__in=shown, done_at__isnull=True)
    marks = (
        (set(begun.values_list("ticket_id", flat=True)), _("update begun")),
        (set(agreed.values_list("ticket_id", flat=True)), _("follow-up")),
    )
    return [
        row_shown(ticket, ticket.looked_at, tuple(word for which, word in marks if ticket.pk in which))
        for ticket in tickets
    ]


def row_shown(ticket: Ticket, at: datetime, owed: tuple[str, ...] = ()) -> Row:
    """A ticket as the queue shows it at ``at``."""
    return Row(
        ticket=ticket,
        due=due_shown(ticket, at),
        severity=str(SEVERITIES[ticket.severity]),
        language=str(LANGUAGES[ticket.language]),
        age=short_span(at - ticket.created_at),
        silence=short_span(at - ticket.last_word_at) if ticket.last_word_at else "",
        owed=owed,
    )


def due_shown(ticket: Ticket, at: datetime) -> Due:
    """How the ticket's next promise stands at ``at``: breached, at risk, fine, on hold or done."""
    kind = str(DUE_KINDS.get(ticket.next_due_kind, ""))
    if not ticket.is_live and ticket.next_due_kind == DeadlineKind.FOLLOW_UP and ticket.next_due_at:
        is_late = ticket.next_due_at <= at
        left = (_("%s late") if is_late else _("%s left")) % short_span(at - ticket.next_due_at)
        return Due("breached" if is_late else "done", str(ticket.get_status_display()), left, kind, ticket.next_due_at)
    if not ticket.is_live:
        return Due("done", str(ticket.get_status_display()), "", "", None)
    if ticket.next_due_at is None:
        return Due(
            "paused", _("on hold"), str(ticket.get_hold_reason_display() if ticket.hold_reason else ""), "", None
        )
    if ticket.next_due_at <= at:
        return Due(
            "breached", _("breached"), _("%s late") % short_span(at - ticket.next_due_at), kind, ticket.next_due_at
        )
    left = _("%s left") % short_span(ticket.next_due_at - at)
    if ticket.next_warn_at and ticket.next_warn_at <= at:
        return Due("at_risk", _("at risk"), left, kind, ticket.next_due_at)
    return Due("fine", _("fine"), left, kind, ticket.next_due_at)


def short_span(value: timedelta) -> str:
    """“2 h 05 min”, “3 d 4 h”, “40 s”."""
    seconds = int(abs(value).total_seconds())
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return _("%(d)d d %(h)d h") % {"d": days, "h": hours} if hours and days < 10 else _("%d d") % days
    if hours:
        return _("%(h)d h %(m)02d min") % {"h": hours, "m": minutes} if minutes else _("%d h") % hours
    return _("%d min") % minutes if minutes else _("%d s") % seconds
