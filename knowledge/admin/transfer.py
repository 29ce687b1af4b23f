"""The back office's page for imports: an upload is tried first, its report read, then brought in; and the exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from financy_support.admin_base import person
from financy_support.desk.errors import DeskError, Invalid
from financy_support.desk.people.language import Language
from knowledge.admin.verb_page import PageOfVerbs, posted
from knowledge.export import FORMATS
from knowledge.imports.upload import KEPT_FOR, category_named, forget, keep, read_kept
from knowledge.models import Category, ImportSource
from knowledge.workflow.import_articles import Report, import_articles

SALT = "knowledge.admin.transfer"


class TransferPages(PageOfVerbs):
    """Two addresses beside the list of articles."""

    def import_page(self, request: HttpRequest) -> HttpResponseBase:
        """A form; after an upload the report of its dry run with a button that brings in exactly that file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        said, report, ticket = posted(request), None, ""
        if request.method == "POST":
            try:
                wanted = self._redeemed(request, said) if said.get("ticket") else self._uploaded(request, said)
                is_dry = not said.get("ticket")
                report = self._import(request, wanted, is_dry=is_dry)
                ticket = signing.dumps(wanted, salt=SALT) if is_dry else ""
                if not is_dry:
                    forget(wanted["file"])
            except DeskError as refusal:
                messages.error(request, refusal.detail)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Bring articles in"),
            "opts": self.opts,
            "sources": ImportSource.choices,
            "categories": Category.objects.all(),
            "languages": Language.choices,
            "typed": said,
            "report": report,
            "ticket": ticket,
        }
        return TemplateResponse(request, "admin/knowledge/import.html", context)

    def export_page(self, request: HttpRequest, wanted: str) -> HttpResponseBase:
        """What the viewer may read, as a download."""
        if not self.has_view_permission(request) or wanted not in FORMATS:
            raise PermissionDenied
        make, content_type, name = FORMATS[wanted]
        answer = StreamingHttpResponse(make(person(request)), content_type=content_type)
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["Cache-Control"] = "private, no-store"
        return answer

    def _uploaded(self, request: HttpRequest, said: Mapping[str, Any]) -> dict[str, Any]:
        given = request.FILES.get("file")
        if given is None:
            raise Invalid(_("Choose the file of an export."), field="file")
        category_named(said.get("category", ""))
        told = {name: said.get(name, "") for name in ("source", "category", "language")}
        return {**told, "file": keep(given), "by": person(request).pk}

    def _redeemed(self, request: HttpRequest, said: Mapping[str, Any]) -> dict[str, Any]:
        """The upload whose report was shown to this very person. Raises Invalid for a made-up or an old ticket."""
        try:
            wanted: dict[str, Any] = signing.loads(said["ticket"], salt=SALT, max_age=KEPT_FOR)
        except signing.BadSignature:
            wanted = {}
        if wanted.get("by") != person(request).pk:
            raise Invalid(_("This dry run is too old, or somebody else's. Upload the file again."), field="ticket")
        return wanted

    def _import(self, request: HttpRequest, wanted: Mapping[str, Any], *, is_dry: bool) -> Report:
        items = read_kept(wanted["file"], source=wanted["source"], language=wanted["language"])
        with self.act(request) as act:
            fallback = category_named(wanted["category"])
            settled = {"source": wanted["source"], "dry_run": is_dry, "fallback": fallback}
            return import_articles(items, **settled, by=act.by, at=act.at)
