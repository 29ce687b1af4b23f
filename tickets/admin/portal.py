"""Who is signed in to see their requests, by which link, and the button that ends it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from financy_support.admin_base import DeskAdmin, Who, person
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import DeskError
from financy_support.desk.people.customer import Customer
from tickets.models import PortalLink, PortalSession
from tickets.workflow.sign_in import end_sessions


class EndsSessions(DeskAdmin):
    """A page about how customers sign in, with the button that ends all of it for those chosen."""

    seen_by = Who.ADMINISTRATORS
    search_fields = ("address",)
    search_help_text = gettext_lazy("E-mail address")
    sortable_by = ()
    actions: Any = ["end"]

    @admin.action(description=gettext_lazy("End all sessions of these customers"))
    def end(self, request: HttpRequest, queryset: Any) -> None:
        """On every browser; links that are not used yet go with them."""
        for customer in Customer.objects.filter(pk__in=queryset.order_by().values("customer")).order_by("pk")[:100]:
            try:
                with self.act(request, reason="portal sessions ended"):
                    ended = end_sessions(customer, by=person(request), at=current_act().at)
            except DeskError as refusal:
                messages.error(request, f"{customer}: {refusal.detail}")
            else:
                messages.success(request, _("%(who)s: %(n)d ended.") % {"who": customer, "n": ended})


@admin.register(PortalSession)
class PortalSessionAdmin(EndsSessions):
    """Sessions, newest first."""

    list_display = ("customer", "address", "started_at", "expires_at", "state", "ended_at")
    list_select_related = ("customer__user",)
    fields = (("customer", "address"), ("started_at", "expires_at"), ("state", "ended_at"), "link")
    readonly_fields = ("state",)

    @admin.display(description=gettext_lazy("State"))
    def state(self, session: PortalSession) -> str:
        why = session.why_over(timezone.now())
        return format_html('<span class="desk-mark desk-{}">{}</span>', "paused" if why else "met", why or _("open"))


@admin.register(PortalLink)
class PortalLinkAdmin(EndsSessions):
    """Links that were mailed, newest first; none of them can be read here."""

    list_display = ("reference", "customer", "address", "asked_at", "expires_at", "used_at")
    list_select_related = ("customer",)
    fields = (("customer", "address"), ("asked_at", "expires_at"), "used_at")
