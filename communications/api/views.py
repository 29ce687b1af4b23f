"""messages/: what was said to whom, and how it travelled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, ClassVar

from django_filters.filters import CharFilter, ChoiceFilter, DurationFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from communications.api.shapes import MessageRow
from communications.models import Delivery, Message
from financy_support.api.scopes import Scope
from financy_support.api.views import DeskView, RowsView
from financy_support.desk.errors import NotFound
from financy_support.desk.people.language import Language
from financy_support.desk.people.severity import Severity
from financy_support.desk.people.user import User, UserKind

PUBLIC = {
    "id": "id",
    "purpose": "purpose",
    "about": "about_reference",
    "language": "language",
    "channel": "channel",
    "subject": "subject",
    "body": "body",
    "is_automatic": "is_automatic",
    "update_type": "update_type",
    "expected_response_time": "expected_response_time",
    "created_at": "created_at",
}
FOR_STAFF = {
    "severity": "severity",
    "priority": "priority",
    "escalation_level": "escalation_level",
    "channel_reason": "channel_reason",
    "message_id": "message_id",
    "customer": "customer_id",
    "person": "person__email",
    "destination": "destination__code",
    "by": "by__email",
}
DELIVERY_COLUMNS = (
    *("message_id", "kind", "address", "gate", "priority", "state", "due_at", "waiting_reason", "attempts"),
    *("last_error", "provider_id", "settled_at"),
)


class MessageFilter(FilterSet):
    """By what messages may be narrowed."""

    about = CharFilter(field_name="about_reference", max_length=20, help_text="FIN-000123")
    purpose = CharFilter(max_length=50)
    channel = CharFilter(max_length=50)
    language = ChoiceFilter(choices=Language.choices)
    update_type = CharFilter(max_length=20, help_text="initial, reply, progress, escalation, resolution …")
    expected_within = DurationFilter(
        field_name="expected_response_time", lookup_expr="lte", help_text="An answer is promised within: 02:00:00."
    )

    class Meta:
        model = Message
        fields: list[str] = []


class StaffMessageFilter(MessageFilter):
    """What staff and tools may ask by as well."""

    severity = ChoiceFilter(choices=Severity.choices)
    priority = ChoiceFilter(choices=Severity.choices)
    escalation_level = CharFilter(max_length=40, help_text="tier_1_to_2")


class MessageScopes(DeskView):
    """What the views of messages ask of a token. Nobody writes here: verbs do."""

    scope_read: ClassVar[Scope] = Scope.MESSAGES_READ
    scope_write: ClassVar[Scope] = Scope.MESSAGES_READ


class MessagesView(MessageScopes, RowsView):
    """Messages that the reader may see."""

    model = Message

    @property
    def filterset_class(self) -> type[MessageFilter]:
        """A customer cannot ask by what they cannot see (it would be an oracle)."""
        is_described = getattr(self, "swagger_fake_view", False)
        return MessageFilter if not is_described and self.reader.kind == UserKind.CUSTOMER else StaffMessageFilter

    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> Any:
        return Message.objects.visible_to(self.reader).values(*PUBLIC.values(), *FOR_STAFF.values())

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return messages_shown(rows, reader=self.reader)

    @extend_schema(responses=MessageRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Every word that left or will leave, newest first."""
        return super().get(request, **kwargs)


class MessageView(MessageScopes):
    """One message."""

    @extend_schema(responses=MessageRow)
    def get(self, request: Request, number: int) -> Response:
        """The message exactly as it was said; to staff also how each delivery went."""
        seen = Message.objects.visible_to(self.reader).filter(pk=number)
        rows = list(seen.values(*PUBLIC.values(), *FOR_STAFF.values()))
        if not rows:
            raise NotFound
        return Response(messages_shown(rows, reader=self.reader)[0])


def messages_shown(rows: list[dict[str, Any]], *, reader: User) -> list[dict[str, Any]]:
    """Messages as the reader sees them; addresses and what servers answered are for staff."""
    if reader.kind == UserKind.CUSTOMER:
        return [{field: row[column] for field, column in PUBLIC.items()} for row in rows]
    ways = defaultdict(list)
    for way in Delivery.objects.filter(message__in=[row["id"] for row in rows]).values(*DELIVERY_COLUMNS):
        ways[way.pop("message_id")].append(way)
    columns = {**PUBLIC, **FOR_STAFF}
    return [
        {**{field: row[column] for field, column in columns.items()}, "deliveries": ways[row["id"]]} for row in rows
    ]
