"""What each reader sees of a ticket: the one place that decides it field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Left

from financy_support.desk.people.user import User, UserKind
from tickets.models import DeadlineKind, Reply, Ticket
from tickets.models.ticket import reference_of
from tickets.querysets import LIVE_STATUSES, TicketQuerySet

SHORT = 1000  # characters of the question in a list; the detail has all of them

# Field → column. The customer's own people see these …
PUBLIC = {
    "subject": "subject",
    "severity": "severity",
    "category": "category__code",
    "issue_type": "issue_type__code",
    "status": "status",
    "hold_reason": "hold_reason",
    "tier": "tier_id",
    "team": "team__slug",
    "language": "language",
    "channel": "channel",
    "cycle": "cycle",
    "created_at": "created_at",
    "first_responded_at": "first_responded_at",
    "resolved_at": "resolved_at",
    "closed_at": "closed_at",
    "version": "version",
}
# … and the desk's own people and tools these as well.
FOR_STAFF = {
    "is_security": "is_security",
    "opened_by": "opened_by__email",
    "entered_tier_at": "entered_tier_at",
    "next_due_at": "next_due_at",
    "next_due_kind": "next_due_kind",
    "next_warn_at": "next_warn_at",
    "last_word_by": "last_word_by",
    "last_word_at": "last_word_at",
    "source": "source",
}
PEOPLE = ("assignee__name", "assignee__email", "customer__id", "customer__name", "customer__email")
COLUMNS = ("pk", *PUBLIC.values(), *FOR_STAFF.values(), *PEOPLE)

PROMISED_TO_CUSTOMERS = (DeadlineKind.FIRST_RESPONSE, DeadlineKind.NEXT_RESPONSE, DeadlineKind.RESOLUTION)


def is_staff_reader(reader: User) -> bool:
    """Whether the inside of tickets is shown: to agents, administrators, and tools that their scope lets in."""
    return reader.is_agent or reader.kind == UserKind.TOOL


def rows_of(tickets: TicketQuerySet, *, description: bool = True) -> Any:
    """Plain rows of tickets with all that :func:`shown` needs, in one statement."""
    if not description:
        return tickets.values(*COLUMNS)
    opening = Reply.objects.filter(ticket=OuterRef("pk"), is_opening=True).order_by("id")
    return tickets.annotate(question=Subquery(opening.values(start=Left("body", SHORT))[:1])).values(
        *COLUMNS, "question"
    )


def row_of(ticket: Ticket) -> dict[str, Any]:
    """The same row of a ticket in memory; reads nothing that ``open_ticket`` has not in hand."""
    row = {}
    for column in COLUMNS:
        value: Any = ticket
        for name in column.split("__"):
            value = getattr(value, name, None)
        row[column] = value
    return row


def shown(row: Mapping[str, Any], *, reader: User, at: datetime, description: str | None = None) -> dict[str, Any]:
    """A ticket as ``reader`` sees it at ``at``. The assignee is an address to staff and a name to customers."""
    for_staff = is_staff_reader(reader)
    customer: dict[str, Any] = {"id": row["customer__id"], "name": row["customer__name"]}
    ticket = {
        "reference": reference_of(row["pk"]),
        "subject": row["subject"],
        "description": row.get("question", "") if description is None else description,
        **{field: row[column] for field, column in PUBLIC.items()},
        "assignee": row["assignee__email"] if for_staff else row["assignee__name"],
        "customer": {**customer, "email": row["customer__email"]} if for_staff else customer,
    }
    if for_staff:
        ticket |= {field: row[column] for field, column in FOR_STAFF.items()}
        ticket["breached"] = bool(row["next_due_at"] and row["next_due_at"] <= at and row["status"] in LIVE_STATUSES)
    return ticket


def reply_shown(row: Mapping[str, Any], *, reader: User, files: list[dict[str, Any]]) -> dict[str, Any]:
    """Words of a ticket. Callers leave internal notes out for customers; who wrote them is a name there."""
    reply = {name: row[name] for name in ("id", "voice", "channel", "body", "created_at")}
    reply |= {"author": row["author__name"], "attachments": files}
    if is_staff_reader(reader):
        reply |= {"is_internal": row["is_internal"], "author_email": row["author__email"]}
    return reply


def attachment_shown(row: Mapping[str, Any], *, reference: str) -> dict[str, Any]:
    """A file, and where it is fetched."""
    shown_row = {name: row[name] for name in ("id", "name", "content_type", "size", "sha256", "created_at")}
    return {**shown_row, "reply": row["reply_id"], "url": f"/api/v1/tickets/{reference}/attachments/{row['id']}/"}
