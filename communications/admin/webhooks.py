"""Endpoints of tools; a secret is shown once, when it is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import WebhookEndpoint
from communications.news import EVENTS, TEST
from communications.workflow.change_webhook import change_webhook
from communications.workflow.register_webhook import register_webhook
from communications.workflow.rotate_webhook_secret import rotate_webhook_secret
from communications.workflow.send_test_webhook import send_test_webhook
from financy_support.admin_base import UnfoldAdminCheckboxSelectMultipleWidget, Who, person
from financy_support.admin_verb_form import VerbModelForm, VerbPage
from financy_support.desk.audit.acting import Act, current_act
from financy_support.desk.errors import DeskError
from financy_support.desk.people.user import User, UserKind


class WebhookForm(VerbModelForm):
    """An endpoint; the verbs say what its address may be."""

    events = forms.MultipleChoiceField(
        label=gettext_lazy("News"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("None: all."),
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("owner", "url", "description", "events", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "events" in self.fields:
            field: Any = self.fields["events"]
            field.choices = [(event, f"{event}: {said}") for event, said in sorted(EVENTS.items()) if event != TEST]
        if "owner" in self.fields:
            owners: Any = self.fields["owner"]
            owners.queryset = User.objects.filter(Q(kind=UserKind.TOOL, is_active=True) | Q(pk=self.instance.owner_id))

    def register(self, values: dict[str, Any], act: Act) -> WebhookEndpoint:
        said = {name: values[name] for name in ("owner", "url", "description", "events")}
        endpoint, secret = register_webhook(**said, by=act.by, at=act.at)
        endpoint.told_secret = secret  # type: ignore[attr-defined]  # for the page that follows, and nowhere kept
        return endpoint

    def change(self, row: WebhookEndpoint, values: Any, act: Act) -> WebhookEndpoint:
        return change_webhook(row, **values, by=act.by, at=act.at)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(VerbPage):
    seen_by = Who.ADMINISTRATORS
    written_by = Who.ADMINISTRATORS
    form = WebhookForm
    list_display = ("url", "owner", "news", "is_active", "off_because")
    list_select_related = ("owner",)
    fields = (("owner", "is_active"), "url", "description", "events", ("off_because", "before_until", "created_at"))
    readonly_fields = ("off_because", "before_until", "created_at")
    actions: Any = ["send_test", "rotate_secret"]

    def get_readonly_fields(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> Any:
        """Whose it is stays; a new one is in use."""
        return (*self.readonly_fields, "owner" if obj else "is_active")

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """No filter in the address may probe a secret."""
        return "secret" not in lookup and super().lookup_allowed(lookup, value, request)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._told(request, [(obj, obj.told_secret)])

    @admin.display(description=gettext_lazy("News"))
    def news(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(endpoint.events) or _("all")

    @admin.action(description=gettext_lazy("Send test news"))
    def send_test(self, request: HttpRequest, queryset: Any) -> None:
        """One to each; its deliveries show a second later what the tool said."""
        for endpoint in queryset.order_by("pk")[:20]:
            try:
                with self.act(request, reason="test news"):
                    send_test_webhook(endpoint, by=person(request), at=current_act().at)
            except DeskError as refusal:
                messages.error(request, f"{endpoint}: {refusal.detail}")
            else:
                messages.success(request, _("%s: on the way; Deliveries shows what came of it.") % endpoint)

    @admin.action(description=gettext_lazy("Make a new secret (the former one signs for 24 hours more)"))
    def rotate_secret(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        made = []
        for endpoint in queryset.order_by("pk")[:20]:
            try:
                with self.act(request, reason="a new secret"):
                    made.append(rotate_webhook_secret(endpoint, by=person(request), at=current_act().at))
            except DeskError as refusal:
                messages.error(request, f"{endpoint}: {refusal.detail}")
        return self._told(request, made) if made else None

    def _told(self, request: HttpRequest, made: Sequence[tuple[WebhookEndpoint, str]]) -> HttpResponse:
        """A page, and no message of the framework: those pass through a cookie or the session's store."""
        context = {**self.admin_site.each_context(request), "title": _("Shown only now"), "made": made}
        answer = TemplateResponse(request, "admin/communications/secret_told.html", context)
        add_never_cache_headers(answer)
        return answer
