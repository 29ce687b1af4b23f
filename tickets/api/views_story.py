"""tickets/{reference}/articles/, deadlines/, escalations/, history/: what may answer it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.views import RowsView
from financy_support.desk.people.user import User
from knowledge.help_centre.shelves import address
from knowledge.search.for_ticket import help_for
from tickets.api.conversation import escalation_shown, escalations_of, promise_shown, promises_seen_by
from tickets.api.find import find_ticket
from tickets.api.shapes import ArticlesRow, DeadlineRow, EscalationRow, HistoryRow
from tickets.api.views import TicketScopes
from tickets.models import Escalation, Ticket, TicketDeadline

NEWEST_FIRST = {"-at": ("-history_id",)}
# Field → column of a version; queue columns follow from deadlines, the version number from the row itself.
TRACKED = {
    "subject": "subject",
    "severity": "severity",
    "category": "category__code",
    "is_security": "is_security",
    "status": "status",
    "hold_reason": "hold_reason",
    "tier": "tier_id",
    "team": "team__slug",
    "assignee": "assignee__email",
    "language": "language",
    "cycle": "cycle",
    "next_due_at": "next_due_at",
    "resolved_at": "resolved_at",
    "closed_at": "closed_at",
}
VERSION = (
    "history_id",
    "history_date",
    "history_user_id",
    "history_channel",
    "history_change_reason",
    "history_request_id",
)


class ArticlesView(TicketScopes):
    """What may answer a ticket."""

    @extend_schema(responses=ArticlesRow)
    def get(self, request: Request, reference: str) -> Response:
        """Up to four articles in the ticket's language that customers can read, best first."""
        ticket = find_ticket(reference, self.reader)
        found = help_for(ticket.subject, ticket.first_words, ticket.language, reader=None, at=timezone.now())
        results = [
            {
                "id": hit.translation_id,
                "title": hit.title,
                "summary": hit.summary,
                "url": f"{settings.DESK_BASE_URL}{address(ticket.language, hit.slug)}",
            }
            for hit in found
        ]
        return Response({"results": results})


class DeadlinesView(TicketScopes, RowsView):
    """Promises of one ticket."""

    model = TicketDeadline
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"started_at": ("id",), "-started_at": ("-id",)}

    def rows(self) -> Any:
        ticket = find_ticket(self.kwargs["reference"], self.reader)
        return promises_seen_by(self.reader).filter(ticket=ticket)

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        at = timezone.now()
        return [promise_shown(row, reader=self.reader, at=at) for row in rows]

    @extend_schema(responses=DeadlineRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Every promise and how it stands, oldest first; customers see those made to them."""
        return super().get(request, **kwargs)


class EscalationsView(TicketScopes, RowsView):
    """Hand-overs of one ticket."""

    model = Escalation
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"created_at": ("id",), "-created_at": ("-id",)}

    def rows(self) -> Any:
        return escalations_of(find_ticket(self.kwargs["reference"], self.reader).pk)

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [escalation_shown(row, reader=self.reader) for row in rows]

    @extend_schema(responses=EscalationRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Every hand-over, oldest first, with what went along."""
        return super().get(request, **kwargs)


class HistoryView(TicketScopes, RowsView):
    """Versions of one ticket, as PostgreSQL recorded them."""

    model = Ticket
    is_for_staff: ClassVar[bool] = True
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = NEWEST_FIRST

    def rows(self) -> Any:
        self.ticket_id = find_ticket(self.kwargs["reference"], self.reader).pk
        return Ticket.history.filter(id=self.ticket_id).values(*VERSION, *TRACKED.values())

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        """A page and the version before its oldest, so that each row can say what it changed."""
        if not rows:
            return []
        older = Ticket.history.filter(id=self.ticket_id, history_id__lt=rows[-1]["history_id"])
        before = older.order_by("-history_id").values(*TRACKED.values()).first()
        names = dict(User.objects.filter(pk__in={row["history_user_id"] for row in rows}).values_list("pk", "email"))
        return [_version(row, earlier, names) for row, earlier in zip(rows, [*rows[1:], before], strict=True)]

    @extend_schema(responses=HistoryRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Every change, newest first: who, when, through which door, why, from what to what."""
        return super().get(request, **kwargs)


def _version(row: dict[str, Any], earlier: dict[str, Any] | None, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": row["history_id"],
        "at": row["history_date"],
        "by": names.get(row["history_user_id"], ""),
        "channel": row["history_channel"],
        "reason": row["history_change_reason"],
        "request_id": row["history_request_id"],
        "changes": [
            {"field": field, "before": earlier and earlier[column], "after": row[column]}
            for field, column in TRACKED.items()
            if earlier is None or earlier[column] != row[column]
        ],
    }
