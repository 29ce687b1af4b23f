"""Prepared wordings and channels: the handbook's words, written by administrators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from communications.admin.template_preview import preview_of
from communications.models import Channel, MailBudget, MessageTemplate, Phrase, QuietHours
from communications.purposes import PURPOSES
from financy_support.admin_base import ChoicesDropdownFilter, DeskAdmin, UnfoldAdminSelectWidget, Who


class WordingAdmin(DeskAdmin):
    """Read by staff, written by administrators; each change starts a new edition of the guide."""

    seen_by = Who.STAFF
    written_by = Who.ADMINISTRATORS


class TemplateForm(forms.ModelForm):
    """A template by choices; what its words may hold is said by the model, beside the field it is about."""

    class Meta:
        model = MessageTemplate
        fields = ("purpose", "severity", "language", "channel", "subject", "body")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        purposes = [(code, purpose.name) for code, purpose in sorted(PURPOSES.items())]
        channels = [("", _("Any channel")), *Channel.objects.values_list("code", "name")]
        for name, choices in (("purpose", purposes), ("channel", channels)):
            if name in self.fields:  # absent where the page is only read
                self.fields[name].widget = UnfoldAdminSelectWidget(choices=_with_own(choices, self.initial.get(name)))


def _with_own(choices: list[Any], own: str | None) -> list[Any]:
    """What a row holds can always be seen, even when it is no choice any more."""
    return choices if not own or own in dict(choices) else [*choices, (own, own)]


@admin.register(MessageTemplate)
class MessageTemplateAdmin(WordingAdmin):
    """Templates, linted when saved, looked at with example facts in all three languages while they are written."""

    form = TemplateForm
    list_display = ("purpose", "severity", "language", "channel", "subject")
    list_filter = (("severity", ChoicesDropdownFilter), ("language", ChoicesDropdownFilter))
    search_fields = ("purpose", "subject", "body")
    fields = (("purpose", "severity"), ("language", "channel"), "subject", "body")
    change_form_after_template: Any = "admin/communications/template_preview.html"

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "body" and isinstance(field, forms.CharField):
            field.widget.attrs["rows"] = 18
        return field

    def preview(self, request: HttpRequest) -> HttpResponseBase:
        """The words as typed, and their sisters in the other languages, with example facts."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        with self.act(request):
            return JsonResponse(preview_of(request.POST))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.preview)
        return [path("preview/", view, name="communications_messagetemplate_preview"), *super().get_urls()]


@admin.register(Phrase)
class PhraseAdmin(WordingAdmin):
    list_display = ("code", "language", "text")
    list_filter = (("language", ChoicesDropdownFilter),)
    search_fields = ("code", "text")


@admin.register(Channel)
class ChannelAdmin(WordingAdmin):
    seen_by = Who.AGENTS
    list_display = ("name", "code", "kind", "availability", "response_time", "fallback_rank", "calendar")
    list_select_related = ("calendar",)


@admin.register(QuietHours)
class QuietHoursAdmin(WordingAdmin):
    seen_by = Who.AGENTS
    is_deletable = True
    list_display = ("kind", "starts", "ends")


@admin.register(MailBudget)
class MailBudgetAdmin(WordingAdmin):
    seen_by = Who.AGENTS
    is_deletable = True
    list_display = ("scope", "most", "per")
