"""webhooks/: where a tool hears news, how each piece of news travelled, and what it missed once more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from django_filters.filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from communications.api import webhook_examples as examples
from communications.models import Delivery, DeliveryState, WebhookEndpoint
from communications.workflow.change_webhook import change_webhook
from communications.workflow.recover_webhook import recover_webhook
from communications.workflow.register_webhook import register_webhook
from communications.workflow.resend_webhook import resend_webhook
from communications.workflow.rotate_webhook_secret import rotate_webhook_secret
from communications.workflow.send_test_webhook import send_test_webhook
from financy_support.api.etag import etag_of, require_match
from financy_support.api.idempotency import ActingPost, Answer, answer_once
from financy_support.api.scopes import Scope
from financy_support.api.serializers import StrictSerializer
from financy_support.api.views import DeskView, RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import NotFound
from financy_support.desk.people.user import User

ENDPOINT = ("id", "url", "description", "events", "is_active", "off_because", "before_until", "created_at")
DELIVERY = {
    "id": "id",
    "webhook_id": "message_id",
    "event": "message__subject",
    "about": "message__about_reference",
    "created_at": "message__created_at",
    "state": "state",
    "attempts": "attempts",
    "due_at": "due_at",
    "waiting_reason": "waiting_reason",
    "last_error": "last_error",
    "settled_at": "settled_at",
}


class ChangeWebhook(StrictSerializer):
    """What is to be otherwise; the rest stays."""

    url = serializers.CharField(max_length=500, required=False)
    events = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=50, help_text="Kinds of news; none: all."
    )
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)


class RegisterWebhook(StrictSerializer):
    """A new endpoint."""

    url = serializers.CharField(max_length=500, help_text="https://; news are posted there.")
    events = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=50, help_text="Kinds of news; none: all."
    )
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)


class Nothing(StrictSerializer):
    """No field is asked for."""


class Since(StrictSerializer):
    """From when on."""

    since = serializers.DateTimeField()


class EndpointRow(serializers.Serializer[Any]):
    """An endpoint. The secret is told once: when it is made."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    events = serializers.ListField(child=serializers.CharField())
    is_active = serializers.BooleanField()
    off_because = serializers.CharField(allow_blank=True)
    before_until = serializers.DateTimeField(allow_null=True, help_text="Until then the former secret signs as well.")
    created_at = serializers.DateTimeField()


class EndpointWithSecret(EndpointRow):
    """An endpoint and its new secret."""

    secret = serializers.CharField(help_text="whsec_…, as Standard Webhooks writes it.")


class WebhookDeliveryRow(serializers.Serializer[Any]):
    """How one piece of news travelled."""

    id = serializers.IntegerField()
    webhook_id = serializers.CharField(help_text="The header of that name, the same in every try.")
    event = serializers.CharField()
    about = serializers.CharField()
    created_at = serializers.DateTimeField()
    state = serializers.ChoiceField(DeliveryState.choices)
    attempts = serializers.IntegerField()
    due_at = serializers.DateTimeField()
    waiting_reason = serializers.CharField(allow_blank=True)
    last_error = serializers.CharField(allow_blank=True)
    settled_at = serializers.DateTimeField(allow_null=True)


class Queued(serializers.Serializer[Any]):
    """How many are on their way again."""

    queued = serializers.IntegerField()


class WebhookScopes(DeskView):
    """What these views ask of a token; whose endpoints, the rows' scope decides."""

    is_for_staff: ClassVar[bool] = True
    scope_read: ClassVar[Scope] = Scope.WEBHOOKS
    scope_write: ClassVar[Scope] = Scope.WEBHOOKS


class WebhooksView(WebhookScopes, RowsView, ActingPost):
    """The tool's endpoints, and the door for new ones."""

    model = WebhookEndpoint

    def rows(self) -> Any:
        return WebhookEndpoint.objects.visible_to(self.reader).values(*ENDPOINT)

    @extend_schema(responses=EndpointRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Endpoints, newest first."""
        return super().get(request, **kwargs)

    @extend_schema(
        request=RegisterWebhook, responses={201: EndpointWithSecret}, examples=examples.REGISTER
    )  # fmt: skip
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Register an address. News come as signed POSTs (Standard Webhooks); only a 2xx counts as heard.

        Whatever is not heard is tried again for four days. `410` switches the endpoint off. The same news may come
        twice, with the same `webhook-id`.
        """
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        endpoint, secret = register_webhook(**RegisterWebhook.take(request), by=act.by, at=act.at)
        return _answer(endpoint, 201, secret=secret, headers={"Location": f"/api/v1/webhooks/{endpoint.pk}/"})


class WebhookView(WebhookScopes):
    """One endpoint."""

    @extend_schema(responses=EndpointRow)
    def get(self, request: Request, number: int) -> Response:
        """Its address and news; the ETag is asked back by PATCH."""
        row = WebhookEndpoint.objects.visible_to(self.reader).filter(pk=number).values(*ENDPOINT, "version").first()
        if row is None:
            raise NotFound
        return Response(row, headers={"ETag": etag_of(row.pop("version"))})

    @extend_schema(request=ChangeWebhook, responses=EndpointRow, examples=examples.CHANGE)
    def patch(self, request: Request, number: int) -> HttpResponse:
        """Another address, other news, off or on again. Switched off, what waits is parked."""
        return answer_once(request, lambda act: self._change(request, number, act))

    def _change(self, request: Request, number: int, act: Act) -> Answer:
        said = ChangeWebhook.take(request)
        endpoint = _locked(number, act.by)
        require_match(request, endpoint.version)
        return _answer(change_webhook(endpoint, **said, by=act.by, at=act.at))


class RotateView(WebhookScopes, ActingPost):
    """A new secret."""

    @extend_schema(request=Nothing, responses=EndpointWithSecret)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Make a new secret. For 24 hours news carry two signatures, by the new one and the former one."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        Nothing.take(request)
        endpoint, secret = rotate_webhook_secret(_locked(kwargs["number"], act.by), by=act.by, at=act.at)
        return _answer(endpoint, secret=secret)


class TestView(WebhookScopes, ActingPost):
    """Harmless news."""

    @extend_schema(request=Nothing, responses={202: Queued})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Send `webhook.test`; a second later the deliveries show what came of it."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        Nothing.take(request)
        send_test_webhook(_locked(kwargs["number"], act.by), by=act.by, at=act.at)
        return Answer({"queued": 1}, 202)


class RecoverView(WebhookScopes, ActingPost):
    """What was missed."""

    @extend_schema(request=Since, responses={202: Queued}, examples=examples.RECOVER)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Send again what was given up or parked since a moment, each with the `webhook-id` that it had."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        since = Since.take(request)["since"]
        queued = recover_webhook(_locked(kwargs["number"], act.by), since=since, by=act.by, at=act.at)
        return Answer({"queued": queued}, 202)


class WebhookDeliveryFilter(FilterSet):
    """By what deliveries may be narrowed."""

    state = ChoiceFilter(choices=DeliveryState.choices)
    event = CharFilter(field_name="message__subject", max_length=60, help_text="ticket.escalated")
    about = CharFilter(field_name="message__about_reference", max_length=20, help_text="FIN-000123")

    class Meta:
        model = Delivery
        fields: list[str] = []


class WebhookDeliveriesView(WebhookScopes, RowsView):
    """The log of one endpoint."""

    model = Delivery
    filterset_class = WebhookDeliveryFilter
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"-id": ("-id",), "id": ("id",)}

    def rows(self) -> Any:
        endpoint = WebhookEndpoint.objects.visible_to(self.reader).filter(pk=self.kwargs["number"]).first()
        if endpoint is None:
            raise NotFound
        return Delivery.objects.filter(endpoint=endpoint).values(*DELIVERY.values())

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [_delivery_shown(row) for row in rows]

    @extend_schema(responses=WebhookDeliveryRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """How each piece of news travelled, newest first."""
        return super().get(request, **kwargs)


class ResendView(WebhookScopes, ActingPost):
    """One delivery once more."""

    @extend_schema(request=Nothing, responses={202: WebhookDeliveryRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Send one delivery again, heard or not, with the `webhook-id` that it had."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        Nothing.take(request)
        seen = Delivery.objects.filter(endpoint__in=WebhookEndpoint.objects.visible_to(act.by).values("pk"))
        delivery = seen.select_related("endpoint").filter(pk=kwargs["number"]).first()
        if delivery is None:
            raise NotFound
        resend_webhook(delivery, by=act.by, at=act.at)
        row = Delivery.objects.filter(pk=delivery.pk).values(*DELIVERY.values()).get()
        return Answer(_delivery_shown(row), 202)


def _locked(number: int, by: User) -> WebhookEndpoint:
    """The endpoint of an address, which nobody changes between the look at its version and the verb."""
    seen = WebhookEndpoint.objects.visible_to(by).filter(pk=number)
    endpoint = seen.select_for_update(of=("self",), no_key=True).first()
    if endpoint is None:
        raise NotFound
    return endpoint


def _answer(
    endpoint: WebhookEndpoint, status: int = 200, *, secret: str = "", headers: dict[str, str] | None = None
) -> Answer:
    row = {name: getattr(endpoint, name) for name in ENDPOINT} | ({"secret": secret} if secret else {})
    return Answer(row, status, {"ETag": etag_of(endpoint.version), **(headers or {})}, told_once=frozenset({"secret"}))


def _delivery_shown(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {field: row[column] for field, column in DELIVERY.items()}
    return {**shown, "webhook_id": f"msg_{row['message_id']}"}
