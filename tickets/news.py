"""What external tools hear of tickets: facts by which a tool finds the ticket, never anybody's words or names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from communications.news import News, tell_tools
from communications.send import About
from financy_support.desk.people.user import User
from tickets.models import Ticket


class TicketNews(models.TextChoices):
    """Kinds of news, named after the verbs."""

    OPENED = "ticket.opened", _("A ticket was opened.")
    REPLIED = "ticket.replied", _("The customer or an agent wrote; `voice` says who.")
    ASSIGNED = "ticket.assigned", _("It was given to somebody, or to nobody.")
    SEVERITY_CHANGED = "ticket.severity_changed", _("Its severity changed; `severity_before`.")
    HELD = "ticket.held", _("It waits; `hold_reason`.")
    RESUMED = "ticket.resumed", _("It waits no more.")
    ESCALATED = "ticket.escalated", _("It went to another team; `from_tier`, `kind`, `trigger`.")
    RESOLVED = "ticket.resolved", _("It was resolved.")
    REOPENED = "ticket.reopened", _("A new resolution cycle began; `cycle`.")
    CLOSED = "ticket.closed", _("Its story is over.")
    RATED = "ticket.rated", _("The customer's score; `score` of 5.")


def tell(event: TicketNews, ticket: Ticket, *, by: User, at: datetime, **more: Any) -> None:
    """Tell the tools about one ticket; see :func:`tell_of_many`."""
    tell_of_many(event, [(ticket, more)], by=by, at=at)


def tell_of_many(
    event: TicketNews, tickets: Iterable[tuple[Ticket, Mapping[str, Any]]], *, by: User, at: datetime
) -> None:
    """Tell the tools that listen, in the caller's transaction; of security tickets nothing, since no tool sees one."""
    tell_tools((_news(event, ticket, by, more) for ticket, more in tickets if not ticket.is_security), by=by, at=at)


def _news(event: TicketNews, ticket: Ticket, by: User, more: Mapping[str, Any]) -> News:
    facts = {
        "reference": ticket.reference,
        "status": str(ticket.status),
        "severity": str(ticket.severity),
        "category": ticket.category.code,
        "tier": ticket.tier_id,
        "team": ticket.team.slug,
        "is_assigned": ticket.assignee_id is not None,
        "language": str(ticket.language),
        "channel": ticket.channel,
        "by": str(by.kind),
    }
    return News(event.value, About("tickets.ticket", ticket.pk, ticket.reference), {**facts, **more})
