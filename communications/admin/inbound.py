"""Inbound mail: what came, what it became and why; parked mail is released, discarded or linked here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.inbound.parse import Unreadable, parse_mail
from communications.inbound.parsed import ParsedMail
from communications.inbound.safe_html import has_remote, policy_of, safe_page
from communications.models import BouncedAddress, InboundMail, MailState
from communications.workflow.decide_mail import accept_link, discard_mail, release_mail
from financy_support.admin_base import ChoicesDropdownFilter, DeskAdmin, Who, person
from financy_support.desk.errors import DeskError

TONES = {MailState.TAKEN_IN: "met", MailState.PARKED: "at_risk", MailState.DISCARDED: "done"}
SHOWN_SOURCE = 100_000


@admin.register(InboundMail)
class InboundMailAdmin(DeskAdmin):
    """Every mail that came; nothing is dropped, and each row says what decided about it."""

    seen_by = Who.AGENTS
    list_display = ("sender", "subject", "how", "rule", "became", "about_reference", "received_at")
    list_display_links = ("sender", "subject")
    list_filter = (("state", ChoicesDropdownFilter), ("door", ChoicesDropdownFilter))
    search_fields = ("sender", "subject", "about_reference")
    search_help_text = gettext_lazy("Sender, subject, or reference")
    sortable_by = ()

    @admin.display(description=gettext_lazy("State"))
    def how(self, mail: InboundMail) -> str:
        tone = TONES.get(MailState(mail.state), "paused")
        return format_html('<span class="desk-mark desk-{}">{}</span>', tone, mail.get_state_display())

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """One mail as it came; it is only read here, each decision has an address of its own."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        if object_id is None:
            raise PermissionDenied
        mail = self.find(request, object_id)
        content = bytes(mail.raw.content)
        parsed, problem = _read(content)
        context = {
            **self.admin_site.each_context(request),
            "title": mail.subject or _("Mail %d") % mail.pk,
            "mail": mail,
            "parsed": parsed,
            "problem": problem,
            "has_remote": parsed is not None and has_remote(parsed),
            "with_remote": "remote" in request.GET,
            "source": content[:SHOWN_SOURCE].decode("utf-8", "replace"),
            "is_cut": len(content) > SHOWN_SOURCE,
            "is_parked": mail.state == MailState.PARKED,
            "is_discarded": mail.state == MailState.DISCARDED,
            "may_link": bool(mail.suggested_id) and not mail.is_link_accepted,
            "ticket_address": _address_of(mail.about_label, mail.about_id),
            "suggested_address": _address_of(mail.suggested_label, mail.suggested_id),
            "opts": self.opts,
            "original": mail,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/communications/inbound_mail.html", context)

    def decide(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponseBase:
        """Release, discard or link; a refusal is said on the mail's page."""
        mail = self.find(request, object_id)
        address = reverse("admin:communications_inboundmail_change", args=[mail.pk])
        if request.method != "POST":
            return HttpResponseRedirect(address)
        reason = request.POST.get("why", "")
        try:
            with self.act(request, reason=reason) as act:
                if verb == "release":
                    release_mail(mail, reason=reason, by=person(request), at=act.at)
                elif verb == "discard":
                    discard_mail(mail, reason=reason, by=person(request), at=act.at)
                elif verb == "link":
                    accept_link(mail, by=person(request), at=act.at)
                else:
                    raise Http404
        except DeskError as refusal:
            messages.error(request, refusal.detail)
        else:
            messages.success(request, _("Done. What was released is taken in within a second."))
        return HttpResponseRedirect(address)

    def body(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The mail as a page of its own for the sandboxed frame; remote images only with ``?remote``."""
        parsed, _problem = _read(bytes(self.find(request, object_id).raw.content))
        if parsed is None:
            raise Http404
        with_remote = "remote" in request.GET
        answer = HttpResponse(safe_page(parsed, with_remote=with_remote))
        answer["Content-Security-Policy"] = policy_of(with_remote=with_remote)
        answer["X-Frame-Options"] = "SAMEORIGIN"
        answer["Referrer-Policy"] = "no-referrer"
        answer["Cache-Control"] = "private, no-store"
        return answer

    def source(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The bytes as they came, saved and never shown as a page."""
        mail = self.find(request, object_id)
        answer = HttpResponse(bytes(mail.raw.content), content_type="application/octet-stream")
        answer["Content-Disposition"] = f'attachment; filename="mail-{mail.pk}.eml"'
        answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Cache-Control"] = "private, no-store"
        return answer

    def find(self, request: HttpRequest, object_id: str) -> InboundMail:
        """The mail in the agent's scope. Missing and foreign ones answer alike."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not (object_id.isascii() and object_id.isdigit() and len(object_id) < 19):
            raise Http404
        mail: InboundMail | None = self.get_queryset(request).select_related("raw").filter(pk=object_id).first()
        if mail is None:
            raise Http404
        return mail

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<str:object_id>/do/<slug:verb>/", view(self.decide), name="communications_inboundmail_do"),
            path("<str:object_id>/body/", view(self.body), name="communications_inboundmail_body"),
            path("<str:object_id>/source/", view(self.source), name="communications_inboundmail_source"),
            *super().get_urls(),
        ]


@admin.register(BouncedAddress)
class BouncedAddressAdmin(DeskAdmin):
    """Addresses that a mail server refused."""

    seen_by = Who.AGENTS
    list_display = ("address", "is_permanent", "status", "times", "bounced_at", "said")
    search_fields = ("address",)
    sortable_by: ClassVar[Any] = ()


def _read(content: bytes) -> tuple[ParsedMail | None, str]:
    try:
        return parse_mail(content), ""
    except Unreadable as reason:
        return None, str(reason)


def _address_of(label: str, pk: int | None) -> str:
    """The page of what a mail belongs to, in whichever app that is."""
    return reverse(f"admin:{label.replace('.', '_')}_change", args=[pk]) if label and pk else ""
