"""Phone calls in the back office: those that wait for a ticket are placed on one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from financy_support.admin_base import ActionForm, DeskAdmin, UnfoldAdminTextInputWidget, Who, person
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import DeskError
from tickets.models import PhoneCall, Ticket
from tickets.models.ticket import pk_of
from tickets.workflow.take_in_call import place_call


class PlaceForm(ActionForm):
    """Asks for the ticket."""

    ticket = forms.CharField(
        required=False,
        label="",
        widget=UnfoldAdminTextInputWidget(
            {"placeholder": gettext_lazy("On which ticket? FIN-…"), "aria-label": gettext_lazy("Ticket")}
        ),
    )


class WaitsFilter(admin.SimpleListFilter):
    """Calls that nobody could place, and the others."""

    title = gettext_lazy("ticket")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", _("waits for a ticket")), ("0", _("on a ticket"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(ticket__isnull=self.value() == "1") if self.value() else queryset


@admin.register(PhoneCall)
class PhoneCallAdmin(DeskAdmin):
    """What phone systems and agents logged; each call on a ticket is also in its conversation."""

    seen_by = Who.AGENTS
    list_display = ("created_at", "direction", "number", "is_answered", "duration", "ticket", "by")
    list_select_related = ("ticket", "by")
    list_filter = (WaitsFilter,)
    sortable_by = ()
    fields = (
        ("ticket", "direction"), ("number", "is_answered"), ("duration", "source"), "notes", ("created_at", "by"),
    )  # fmt: skip
    actions: Any = ["place"]
    action_form = PlaceForm

    def get_queryset(self, request: HttpRequest) -> Any:
        """Calls on tickets that one may see, and those that wait."""
        seen = Ticket.objects.visible_to(request.user).order_by().values("pk")
        return super().get_queryset(request).filter(Q(ticket__isnull=True) | Q(ticket__in=seen))

    @admin.action(description=gettext_lazy("Place on the ticket"))
    def place(self, request: HttpRequest, queryset: Any) -> None:
        at, named = current_act().at, request.POST.get("ticket", "")
        ticket = Ticket.objects.visible_to(request.user).filter(pk=pk_of(named) or 0).first()
        if ticket is None:
            messages.error(request, _("Nothing was placed: name a ticket that you may see, in the box beside it."))
            return
        placed = 0
        for call in queryset.order_by("pk")[:100]:
            try:
                with self.act(request, reason=f"placed on {ticket.reference}"):
                    place_call(call, ticket=ticket, by=person(request), at=at)
                placed += 1
            except DeskError as refusal:
                messages.error(request, f"{call}: {refusal.detail}")
        if placed:
            messages.success(request, _("%(n)d placed on %(ticket)s.") % {"n": placed, "ticket": ticket.reference})
