"""What readers searched for, and the gaps: what no article answers."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from financy_support.admin_base import ChoicesDropdownFilter, DeskAdmin, Who
from knowledge.models import SearchQuery
from knowledge.usefulness import gaps


@admin.register(SearchQuery)
class SearchQueryAdmin(DeskAdmin):
    """Each question, newest first; nobody can tell whose it was."""

    seen_by = Who.STAFF
    list_display = ("words", "language", "found", "is_guess", "read", "led_to_ticket", "asked_at")
    list_filter = (("language", ChoicesDropdownFilter), "led_to_ticket")
    list_select_related = ("read",)
    fields = ("words", "language", "found", "is_guess", "asked_at", "read", "read_at", "led_to_ticket")
    search_fields = ("words",)
    sortable_by = ()

    def gaps(self, request: HttpRequest) -> HttpResponseBase:
        """Questions without an answer, those that led to tickets first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("What no article answers (90 days)"),
            "opts": self.opts,
            "gaps": gaps(timezone.now()),
        }
        return TemplateResponse(request, "admin/knowledge/gaps.html", context)

    def get_urls(self) -> list[URLPattern]:
        return [path("gaps/", self.admin_site.admin_view(self.gaps), name="knowledge_gaps"), *super().get_urls()]
