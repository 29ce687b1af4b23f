"""A page of one record that is only read, and an address for each verb; a refusal is said on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from financy_support.admin_base import DeskAdmin, Who
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import DeskError

Do = Callable[[Any, Mapping[str, Any], Act], str | None]


def posted(request: HttpRequest) -> QueryDict:
    """What the form says, without NUL, which PostgreSQL does not keep."""
    said = request.POST.copy()
    for name, values in request.POST.lists():
        said.setlist(name, [value.replace("\x00", "") for value in values])
    return said


class PageOfVerbs(DeskAdmin):
    """``verbs`` by the last part of their address; each gets the row, what was posted and the act, and returns where to
    go on when that is not the same page.
    """

    seen_by = Who.STAFF
    sortable_by = ()
    template: ClassVar[str]
    verbs: ClassVar[Mapping[str, Do]] = {}

    def facts(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page shows."""
        raise NotImplementedError

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if object_id is None:
            raise PermissionDenied
        row = self.find(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "original": row,
            **self.facts(request, row),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.template, context)

    def do(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponseBase:
        """Call a verb in the act of the person at the keyboard."""
        row = self.find(request, object_id)
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
        if request.method != "POST":
            return HttpResponseRedirect(address)
        if verb not in self.verbs:
            raise Http404
        try:
            with self.act(request) as act:
                address = self.verbs[verb](row, posted(request), act) or address
        except DeskError as refusal:
            messages.error(request, refusal.detail)
            for problem in refusal.problems:
                if problem.detail != refusal.detail:
                    messages.error(request, problem.detail)
        else:
            messages.success(request, _("Done."))
        return HttpResponseRedirect(address)

    def find(self, request: HttpRequest, object_id: str) -> Any:
        """The row; missing ones and such as are none answer alike."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not (object_id.isascii() and object_id.isdigit() and len(object_id) < 19):
            raise Http404
        row = self.get_queryset(request).filter(pk=object_id).first()
        if row is None:
            raise Http404
        return row

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_do"
        return [
            path("<str:object_id>/do/<slug:verb>/", self.admin_site.admin_view(self.do), name=name),
            *super().get_urls(),
        ]
