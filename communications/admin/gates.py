"""Gates: which provider or place is away, since when and why, and how much waits for it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Delivery, DeliveryState, Gate
from communications.workflow.try_gate import try_gate
from financy_support.admin_base import DeskAdmin, Who, person
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import DeskError


@admin.register(Gate)
class GateAdmin(DeskAdmin):
    """Closed ones, and those that let one through at a time and have something waiting."""

    seen_by = Who.AGENTS
    list_display = ("key", "state", "closed_at", "closed_until", "failures", "waiting", "said")
    list_display_links = None
    sortable_by = ()
    actions: Any = ["try_now"]

    def get_queryset(self, request: HttpRequest) -> Any:
        held = Delivery.objects.filter(gate=OuterRef("key"), state=DeliveryState.HELD).order_by().values("gate")
        counted = Subquery(held.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
        shown = Gate.objects.filter(Q(closed_at__isnull=False) | Q(is_waited_at=True))
        return shown.annotate(held=Coalesce(counted, 0)).order_by("-closed_at", "key")

    @admin.action(description=gettext_lazy("Try now"))
    def try_now(self, request: HttpRequest, queryset: Any) -> None:
        """One delivery each; Deliveries shows a second later what came of it."""
        for gate in queryset:
            try:
                with self.act(request, reason="a gate is tried"):
                    try_gate(gate, by=person(request), at=current_act().at)
            except DeskError as refusal:
                messages.error(request, f"{gate}: {refusal.detail}")
            else:
                messages.success(request, _("%s: the next delivery is tried now.") % gate)

    @admin.display(description=gettext_lazy("State"))
    def state(self, gate: Gate) -> str:
        tone, text = ("breached", _("closed")) if gate.is_closed else ("paused", _("one at a time"))
        return format_html('<span class="desk-mark desk-{}">{}</span>', tone, text)

    @admin.display(description=gettext_lazy("Waiting"))
    def waiting(self, gate: Any) -> int:
        count: int = gate.held
        return count

    @admin.display(description=gettext_lazy("Last answer"))
    def said(self, gate: Gate) -> str:
        return format_html('<span class="desk-subject" title="{0}">{0}</span>', gate.why or "—")
