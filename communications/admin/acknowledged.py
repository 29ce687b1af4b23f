"""Acknowledgements, and the page on which one has oneself called to try it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.admin.sent import visible_deliveries
from communications.models import Acknowledgement, Delivery
from communications.workflow.send_test_page import PURPOSE, send_test_page
from financy_support.admin_base import DeskAdmin, Who, person
from financy_support.desk.errors import DeskError

PAGES_SHOWN = 20


@admin.register(Acknowledgement)
class AcknowledgementAdmin(DeskAdmin):
    """Who took a message on, and how."""

    seen_by = Who.AGENTS
    list_display = ("at", "reference", "way", "by", "how")
    list_select_related = ("delivery__message", "by")
    sortable_by = ()
    fields = ("delivery", ("at", "by"), "how")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Of messages that one may see."""
        seen = visible_deliveries(request.user).order_by().values("pk")
        return super().get_queryset(request).filter(delivery__in=seen)

    def get_urls(self) -> list[URLPattern]:
        page = path("test-page/", self.admin_site.admin_view(self.test_page), name="communications_test_page")
        return [page, *super().get_urls()]

    def test_page(self, request: HttpRequest) -> HttpResponseBase:
        """Have oneself called or texted; the pages so far, and whether they were acknowledged."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            try:
                with self.act(request, reason="a test page") as act:
                    send_test_page(way=request.POST.get("way", ""), by=act.by, at=act.at)
                messages.success(request, _("It is on its way. Answer it, then look here again."))
            except DeskError as refusal:
                messages.error(request, refusal.detail)
            return HttpResponseRedirect(reverse("admin:communications_test_page"))
        user = person(request)
        mine = Delivery.objects.filter(message__person=user, message__purpose=PURPOSE)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Test page"),
            "phone": user.phone,
            "ways": [("call", _("Call me")), ("sms", _("Text me"))],
            "pages": mine.select_related("message", "acknowledgement")
            .prefetch_related("events")
            .order_by("-id")[:PAGES_SHOWN],
            "opts": self.opts,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "communications/test_page.html", context)

    @admin.display(description=gettext_lazy("About"))
    def reference(self, row: Acknowledgement) -> str:
        return row.delivery.message.about_reference

    @admin.display(description=gettext_lazy("By way of"))
    def way(self, row: Acknowledgement) -> str:
        return row.delivery.kind
