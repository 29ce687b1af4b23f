"""What is read beside a ticket: its words, files, promises and resolutions, one statement each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from financy_support.desk.people.user import User
from financy_support.desk.statement import Given, Statement
from tickets.api.shown import (
    PROMISED_TO_CUSTOMERS,
    attachment_shown,
    is_staff_reader,
    reply_shown,
)
from tickets.files import SERVED_AS, is_served
from tickets.models import Attachment, Escalation, Reply, Resolution, TicketDeadline
from tickets.models.ticket import reference_of

REPLY_COLUMNS = (
    "id", "voice", "channel", "body", "created_at", "is_internal", "is_opening", "author__name", "author__email",
)  # fmt: skip
FILE_COLUMNS = ("id", "name", "content_type", "size", "sha256", "created_at", "reply_id")
RESOLUTION_COLUMNS = (
    "cycle", "summary", "actions_taken", "prevention_measures", "follow_up_required", "follow_up", "created_at",
)  # fmt: skip
PROMISE_COLUMNS = (
    "kind", "cycle", "tier_id", "target", "policy_source", "started_at", "due_at", "remaining", "warn_at", "met_at",
    "breached_at", "cancelled_at", "cancel_reason",
)  # fmt: skip
ESCALATION_COLUMNS = (
    "id", "kind", "from_tier_id", "to_tier_id", "from_team__slug", "to_team__slug", "trigger", "reason",
    "customer_reason", "handoff", "cycle", "created_at", "by__email",
)  # fmt: skip


@dataclass(frozen=True)
class Conversation:
    """The question in full, and all that was said after and including it."""

    question: str
    replies: list[dict[str, Any]]


def conversation_of(ticket_id: int, *, reader: User) -> Conversation:
    """Everything said on a ticket, oldest first; customers do not get internal notes."""
    rows = _words(is_staff_reader(reader)).rows(ticket=ticket_id)
    question = next((row["body"] for row in rows if row["is_opening"]), "")
    return Conversation(question, with_files(rows, ticket_id, reader=reader))


@cache
def _words(by_staff: bool) -> Statement:
    return Statement(_words_seen(by_staff).filter(ticket=Given("ticket")).values(*REPLY_COLUMNS))


def words_seen_by(reader: User) -> Any:
    """Replies, and to staff notes as well; the ticket's own scope is the caller's to ask."""
    return _words_seen(is_staff_reader(reader))


def _words_seen(by_staff: bool) -> Any:
    words = Reply.objects.order_by("id")
    return words if by_staff else words.filter(is_internal=False)


def with_files(rows: list[dict[str, Any]], ticket_id: int, *, reader: User) -> list[dict[str, Any]]:
    """Reply rows of one ticket as the reader sees them, each with its files."""
    files = defaultdict(list)
    reference, for_staff = reference_of(ticket_id), is_staff_reader(reader)
    for file in _files().rows(ticket=ticket_id):
        if not (for_staff or is_served(file["content_type"])):
            continue  # what came by mail and is kept inert is for staff
        files[file["reply_id"]].append(attachment_shown(file, reference=reference))
    return [reply_shown(row, reader=reader, files=files[row["id"]]) for row in rows]


@cache
def _files() -> Statement:
    return Statement(Attachment.objects.filter(ticket=Given("ticket")).order_by("id").values(*FILE_COLUMNS))


def files_seen_by(reader: User) -> Any:
    """Files that came with words the reader may read; what is kept inert is for staff. The scope is the caller's."""
    files = Attachment.objects.order_by("id")
    if is_staff_reader(reader):
        return files
    return files.filter(reply__is_internal=False, content_type__in=SERVED_AS)


def promises_of(ticket_id: int, *, reader: User, at: datetime) -> list[dict[str, Any]]:
    """The promises that the reader may see, as they stand at ``at``."""
    rows = _promises(is_staff_reader(reader)).rows(ticket=ticket_id)
    return [promise_shown(TicketDeadline(**row), reader=reader, at=at) for row in rows]


@cache
def _promises(by_staff: bool) -> Statement:
    return Statement(_promises_seen(by_staff).filter(ticket=Given("ticket")).values(*PROMISE_COLUMNS))


def promises_seen_by(reader: User) -> Any:
    """Deadlines; to customers those that were promised to them. The ticket's own scope is the caller's to ask."""
    return _promises_seen(is_staff_reader(reader))


def _promises_seen(by_staff: bool) -> Any:
    promises = TicketDeadline.objects.order_by("id")
    if by_staff:
        return promises
    return promises.filter(kind__in=PROMISED_TO_CUSTOMERS, cancelled_at__isnull=True)


def resolutions_of(ticket_id: int) -> list[dict[str, Any]]:
    """What ended each cycle, in the words that the customer got."""
    return _resolutions().rows(ticket=ticket_id)


@cache
def _resolutions() -> Statement:
    return Statement(Resolution.objects.filter(ticket=Given("ticket")).order_by("id").values(*RESOLUTION_COLUMNS))


def promise_shown(deadline: TicketDeadline, *, reader: User, at: datetime) -> dict[str, Any]:
    """A deadline with its state at ``at``; where its target came from is for staff."""
    promise = {
        "kind": deadline.kind,
        "state": str(deadline.state(at)),
        "cycle": deadline.cycle,
        "started_at": deadline.started_at,
        "due_at": deadline.due_at,
        "met_at": deadline.met_at,
        "breached_at": deadline.breached_at,
        "target_seconds": _seconds(deadline.target),
    }
    return promise | _inside_of(deadline) if is_staff_reader(reader) else promise


def escalation_shown(row: dict[str, Any], *, reader: User) -> dict[str, Any]:
    """A hand-over; its inner reason, trigger and handoff are for staff."""
    escalation = {
        "id": row["id"],
        "from_tier": row["from_tier_id"],
        "to_tier": row["to_tier_id"],
        "to_team": row["to_team__slug"],
        "customer_reason": row["customer_reason"],
        "created_at": row["created_at"],
    }
    if is_staff_reader(reader):
        escalation |= {name: row[name] for name in ("kind", "trigger", "handoff", "cycle")}
        escalation |= {"from_team": row["from_team__slug"], "reason": row["reason"], "by": row["by__email"]}
    return escalation


def escalations_of(ticket_id: int) -> Any:
    """Rows for :func:`escalation_shown`."""
    return Escalation.objects.filter(ticket=ticket_id).values(*ESCALATION_COLUMNS)


def _inside_of(deadline: TicketDeadline) -> dict[str, Any]:
    return {
        "tier": deadline.tier_id,
        "policy_source": deadline.policy_source,
        "warn_at": deadline.warn_at,
        "remaining_seconds": _seconds(deadline.remaining),
        "cancelled_at": deadline.cancelled_at,
        "cancel_reason": deadline.cancel_reason,
    }


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else round(duration.total_seconds())
