"""Messages and deliveries: only read here, but for sending again what was given up."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.admin.message_filters import EscalationLevelFilter, ExpectedFilter, UpdateTypeFilter
from communications.models import Delivery, DeliveryAttempt, DeliveryEvent, DeliveryState, Message
from communications.workflow.redrive import redrive_delivery
from financy_support.admin_base import (
    ActionForm,
    ChoicesDropdownFilter,
    DeskAdmin,
    DeskInline,
    UnfoldAdminTextInputWidget,
    Who,
    person,
)
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import DeskError
from financy_support.desk.subjects import SUBJECTS

TONES = {DeliveryState.DELIVERED: "met", DeliveryState.DEAD: "breached"}


def visible_deliveries(actor: Any) -> QuerySet[Delivery]:
    """Deliveries of messages that ``actor`` may see."""
    return Delivery.objects.filter(message__in=Message.objects.visible_to(actor).order_by().values("pk"))


class DeliveryInline(DeskInline):
    model = Delivery
    seen_by = Who.AGENTS
    fields = ("kind", "address", "state", "attempts", "due_at", "waiting_reason", "last_error", "provider_id")
    readonly_fields: ClassVar[Any] = fields
    verbose_name_plural = gettext_lazy("deliveries")


@admin.register(Message)
class MessageAdmin(DeskAdmin):
    """Every word that left, exactly as it left."""

    seen_by = Who.AGENTS
    list_display = ("about_reference", "purpose", "subject", "to", "language", "channel", "created_at")
    list_select_related = ("customer", "person", "destination")
    list_filter = (
        ("language", ChoicesDropdownFilter),
        ("severity", ChoicesDropdownFilter),
        ("priority", ChoicesDropdownFilter),
        UpdateTypeFilter,
        EscalationLevelFilter,
        ExpectedFilter,
    )
    search_fields = ("about_reference",)
    search_help_text = gettext_lazy("Reference, e.g. FIN-000123")
    inlines: ClassVar[Any] = [DeliveryInline]
    sortable_by = ()
    fields = (
        ("about_reference", "purpose"), ("customer", "person", "destination"),
        ("channel", "channel_reason"), ("language", "update_type"), ("severity", "priority"),
        ("escalation_level", "expected_response_time"), "is_automatic",
        "subject", "shown_body", "message_id", ("created_at", "by"),
    )  # fmt: skip
    readonly_fields = ("shown_body",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By the printed reference, through the subject's index."""
        term = search_term.strip().upper()
        if not term:
            return queryset, False
        number = term.rpartition("-")[2]
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            return queryset.none(), False
        return queryset.filter(about_label__in=list(SUBJECTS), about_id=int(number), about_reference=term), False

    @admin.display(description=gettext_lazy("To"))
    def to(self, message: Message) -> str:
        return str(message.recipient)

    @admin.display(description=gettext_lazy("Words"))
    def shown_body(self, message: Message) -> str:
        return format_html('<pre class="desk-letter">{}</pre>', message.body)


class AttemptInline(DeskInline):
    model = DeliveryAttempt
    seen_by = Who.AGENTS
    fields = ("number", "started_at", "took", "outcome", "answer", "provider_id")
    readonly_fields: ClassVar[Any] = fields
    verbose_name_plural = gettext_lazy("tries")


class EventInline(DeskInline):
    model = DeliveryEvent
    seen_by = Who.AGENTS
    fields = ("heard_at", "sequence", "status", "detail")
    readonly_fields: ClassVar[Any] = fields
    verbose_name_plural = gettext_lazy("what the provider told later")


class RedriveForm(ActionForm):
    """Asks why, before something is sent again."""

    why = forms.CharField(
        required=False,
        label="",
        widget=UnfoldAdminTextInputWidget(
            {"placeholder": gettext_lazy("Why send again?"), "aria-label": gettext_lazy("Why")}
        ),
    )


@admin.register(Delivery)
class DeliveryAdmin(DeskAdmin):
    """How each message went out; what was given up can be sent again, with the same Message-ID."""

    seen_by = Who.AGENTS
    list_display = ("reference", "purpose", "kind", "address", "how", "attempts", "due_at", "last_answer")
    list_display_links = ("reference",)
    list_select_related = ("message",)
    list_filter = (("state", ChoicesDropdownFilter),)
    inlines: ClassVar[Any] = [AttemptInline, EventInline]
    sortable_by = ()
    actions: Any = ["redrive"]
    action_form = RedriveForm

    def get_queryset(self, request: HttpRequest) -> Any:
        return visible_deliveries(request.user)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Given-up ones by when they were, from their own index."""
        return ("-settled_at", "-id") if request.GET.get("state__exact") == DeliveryState.DEAD else ("-id",)

    @admin.action(description=gettext_lazy("Send again what was given up or parked"))
    def redrive(self, request: HttpRequest, queryset: Any) -> None:
        """Each in its own savepoint: one that cannot is named, the others go."""
        at, why = current_act().at, request.POST.get("why", "").strip()
        if not why:
            messages.error(request, _("Nothing was sent: say why it is sent again, in the box beside the action."))
            return
        sent = 0
        for delivery in queryset.order_by("pk")[:500]:
            try:
                with self.act(request, reason=why):
                    redrive_delivery(delivery, reason=why, by=person(request), at=at)
                sent += 1
            except DeskError as refusal:
                messages.error(request, f"{delivery.address}: {refusal.detail}")
        if sent:
            messages.success(request, _("%d queued again; each keeps its Message-ID.") % sent)

    @admin.display(description=gettext_lazy("About"))
    def reference(self, delivery: Delivery) -> str:
        return delivery.message.about_reference

    @admin.display(description=gettext_lazy("Purpose"))
    def purpose(self, delivery: Delivery) -> str:
        return delivery.message.purpose

    @admin.display(description=gettext_lazy("State"))
    def how(self, delivery: Delivery) -> str:
        tone = TONES.get(DeliveryState(delivery.state), "paused")
        return format_html('<span class="desk-mark desk-{}">{}</span>', tone, delivery.get_state_display())

    @admin.display(description=gettext_lazy("Last answer"))
    def last_answer(self, delivery: Delivery) -> str:
        return format_html('<span class="desk-subject" title="{0}">{0}</span>', delivery.last_error or "—")
