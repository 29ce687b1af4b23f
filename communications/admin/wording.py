"""Prepared wordings and channels: the handbook's words, written by administrators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy

from communications.compose import placeholders
from communications.models import Channel, MessageTemplate, Phrase
from financy_support.admin_base import ChoicesDropdownFilter, DeskAdmin, Who


class WordingAdmin(DeskAdmin):
    """Read by staff, written by administrators; each change starts a new edition of the guide."""

    seen_by = Who.STAFF
    written_by = Who.ADMINISTRATORS


@admin.register(MessageTemplate)
class MessageTemplateAdmin(WordingAdmin):
    list_display = ("purpose", "severity", "language", "channel", "subject")
    list_filter = (("severity", ChoicesDropdownFilter), ("language", ChoicesDropdownFilter))
    search_fields = ("purpose", "subject", "body")
    fields = (("purpose", "severity"), ("language", "channel"), "subject", "body", "asks_for")
    readonly_fields = ("asks_for",)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "body" and isinstance(field, forms.CharField):
            field.widget.attrs["rows"] = 18
        return field

    @admin.display(description=gettext_lazy("Asks for"))
    def asks_for(self, template: MessageTemplate) -> str:
        """The facts without which the message is refused."""
        return ", ".join(placeholders(f"{template.subject}\n{template.body}")) or "—"


@admin.register(Phrase)
class PhraseAdmin(WordingAdmin):
    list_display = ("code", "language", "text")
    list_filter = (("language", ChoicesDropdownFilter),)
    search_fields = ("code", "text")


@admin.register(Channel)
class ChannelAdmin(WordingAdmin):
    seen_by = Who.AGENTS
    list_display = ("name", "code", "kind", "availability", "response_time", "calendar")
    list_select_related = ("calendar",)
