"""deliveries/: the ledger: how each message travelled, try by try; and sent again."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from django_filters.filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from communications.api.shapes import DeliveryRow
from communications.models import Delivery, DeliveryAttempt, DeliveryState, Message, Outcome
from communications.workflow.redrive import redrive_delivery
from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.scopes import Scope
from financy_support.api.serializers import StrictSerializer
from financy_support.api.views import DeskView, RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import NotFound
from financy_support.desk.people.user import User

COLUMNS = {
    "id": "id",
    "message": "message_id",
    "about": "message__about_reference",
    "purpose": "message__purpose",
    **{
        name: name
        for name in (
            *("kind", "address", "gate", "priority", "state", "due_at", "attempts", "waiting_reason", "last_error"),
            *("provider_id", "settled_at"),
        )
    },
}
TRY = ("number", "started_at", "took", "outcome", "answer", "provider_id")


class LedgerRow(DeliveryRow):
    """One delivery, and what it carries."""

    id = serializers.IntegerField()
    message = serializers.IntegerField()
    about = serializers.CharField()
    purpose = serializers.CharField()


class TryRow(serializers.Serializer[Any]):
    """One try, in the other side's own words."""

    number = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    took = serializers.DurationField()
    outcome = serializers.ChoiceField(Outcome.choices)
    answer = serializers.CharField(allow_blank=True)
    provider_id = serializers.CharField(allow_blank=True)


class LedgerEntry(LedgerRow):
    """One delivery with its tries, oldest first."""

    tries = TryRow(many=True)


class Resend(StrictSerializer):
    """Why it is sent again; that joins its tries."""

    reason = serializers.CharField(max_length=500)


class LedgerFilter(FilterSet):
    """By what deliveries may be narrowed."""

    state = ChoiceFilter(choices=DeliveryState.choices)
    kind = CharFilter(max_length=20, help_text="email, slack, sms …")
    gate = CharFilter(max_length=60, help_text="email, slack:7")
    about = CharFilter(field_name="message__about_reference", max_length=20, help_text="FIN-000123")

    class Meta:
        model = Delivery
        fields: list[str] = []


class LedgerScopes(DeskView):
    """For staff and tools: addresses, and what servers answered."""

    is_for_staff: ClassVar[bool] = True
    scope_read: ClassVar[Scope] = Scope.MESSAGES_READ
    scope_write: ClassVar[Scope] = Scope.MESSAGES_READ


class DeliveriesView(LedgerScopes, RowsView):
    """Deliveries of the messages that the reader may see."""

    model = Delivery
    filterset_class = LedgerFilter

    def rows(self) -> Any:
        return _seen(self.reader).values(*COLUMNS.values())

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [{field: row[column] for field, column in COLUMNS.items()} for row in rows]

    @extend_schema(responses=LedgerRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Who was told by which way, who was not, and why; newest first."""
        return super().get(request, **kwargs)


class DeliveryView(LedgerScopes):
    """One delivery."""

    @extend_schema(responses=LedgerEntry)
    def get(self, request: Request, number: int) -> Response:
        """The delivery with every try."""
        return Response(_entry(number, self.reader))


class ResendDeliveryView(LedgerScopes, ActingPost):
    """What was given up or parked, once more."""

    @extend_schema(
        request=Resend,
        responses={202: LedgerEntry},
        examples=[OpenApiExample("The mailbox is there again", value={"reason": "They made room."}, request_only=True)],
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Queue a delivery that was given up or parked, with the same Message-ID; for agents."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        reason = Resend.take(request)["reason"]
        delivery = _seen(act.by).filter(pk=kwargs["number"]).first()
        if delivery is None:
            raise NotFound
        redrive_delivery(delivery, reason=reason, by=act.by, at=act.at)
        return Answer(_entry(delivery.pk, act.by), 202)


def _seen(reader: User) -> Any:
    return Delivery.objects.filter(message__in=Message.objects.visible_to(reader).order_by().values("pk"))


def _entry(number: int, reader: User) -> dict[str, Any]:
    row = _seen(reader).filter(pk=number).values(*COLUMNS.values()).first()
    if row is None:
        raise NotFound
    tries = DeliveryAttempt.objects.filter(delivery=number).order_by("id").values(*TRY)
    return {**{field: row[column] for field, column in COLUMNS.items()}, "tries": list(tries)}
