"""What each reader sees of a ticket: the one place that decides it field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from financy_support.desk.people.user import User, UserKind
from tickets.models import DeadlineKind, Ticket
from tickets.models.ticket import reference_of
from tickets.querysets import LIVE_STATUSES, NAMES, TicketQuerySet

# Columns that everybody who may see the ticket sees …
PUBLIC = (
    "subject", "severity", "status", "hold_reason", "language", "channel", "cycle", "created_at",
    "first_responded_at", "resolved_at", "closed_at", "version",
)  # fmt: skip
# … and those for the desk's own people and tools.
FOR_STAFF = (
    "is_security", "entered_tier_at", "next_due_at", "next_due_kind", "next_warn_at", "last_word_by", "last_word_at",
    "source",
)  # fmt: skip
COLUMNS = ("pk", "tier_id", "customer_id", *PUBLIC, *FOR_STAFF)

PROMISED_TO_CUSTOMERS = (DeadlineKind.FIRST_RESPONSE, DeadlineKind.NEXT_RESPONSE, DeadlineKind.RESOLUTION)


def is_staff_reader(reader: User) -> bool:
    """Whether the inside of tickets is shown: to agents, administrators, and tools that their scope lets in."""
    return reader.is_agent or reader.kind == UserKind.TOOL


def rows_of(tickets: TicketQuerySet) -> Any:
    """Plain rows of tickets with all that :func:`shown` needs, in one statement."""
    return tickets.with_names().values(*COLUMNS, "names")


def row_of(ticket: Ticket, *, description: str) -> dict[str, Any]:
    """The same row of a ticket in memory; reads nothing that ``open_ticket`` has not in hand."""
    names = {
        "category": ticket.category.code,
        "issue_type": ticket.issue_type.code,
        "team": ticket.team.slug,
        "assignee_name": ticket.assignee and ticket.assignee.name,
        "assignee_email": ticket.assignee and ticket.assignee.email,
        "opened_by": ticket.opened_by.email,
        "customer_name": ticket.customer.name,
        "customer_email": ticket.customer.email,
        "question": description,
    }
    row = {column: getattr(ticket, column) for column in COLUMNS}
    return {**row, "names": [names[name] for name in NAMES]}


def shown(row: Mapping[str, Any], *, reader: User, at: datetime) -> dict[str, Any]:
    """A ticket as ``reader`` sees it at ``at``. The assignee is an address to staff and a name to customers."""
    names = dict(zip(NAMES, row["names"], strict=True))
    for_staff = is_staff_reader(reader)
    ticket = {
        "reference": reference_of(row["pk"]),
        "description": names["question"] or "",
        "category": names["category"],
        "issue_type": names["issue_type"],
        "tier": row["tier_id"],
        "team": names["team"],
        "assignee": names["assignee_email"] if for_staff else names["assignee_name"],
        "customer": {"id": row["customer_id"], "name": names["customer_name"]},
        **{column: row[column] for column in PUBLIC},
    }
    if for_staff:
        ticket["customer"]["email"] = names["customer_email"]
        ticket["opened_by"] = names["opened_by"]
        ticket |= {column: row[column] for column in FOR_STAFF}
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
