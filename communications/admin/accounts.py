"""Accounts with providers and the places there; a secret is typed in here and never shown again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.channels import CHANNELS
from communications.inbound.mailbox import KIND as MAILBOX
from communications.models import Destination, ProviderAccount
from communications.workflow.send_test_message import send_test_message
from financy_support.admin_base import (
    DeskAdmin,
    RelatedDropdownFilter,
    UnfoldAdminPasswordToggleWidget,
    UnfoldAdminSelectWidget,
    Who,
    person,
)
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import DeskError


class ProviderAccountForm(forms.ModelForm):
    """An account, with a new secret when one is typed; a form that is refused asks for it again."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), widget=UnfoldAdminSelectWidget)
    new_secret = forms.CharField(
        label=gettext_lazy("New secret"),
        required=False,
        max_length=8000,
        widget=UnfoldAdminPasswordToggleWidget(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Token or password. Empty: stays as it is. It is kept sealed and never shown again."),
    )

    class Meta:
        model = ProviderAccount
        fields = ("name", "base_url", "account", "sender", "edition", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            field: Any = self.fields["kind"]
            field.choices = [(kind, kind) for kind in sorted({*CHANNELS, MAILBOX, self.instance.kind} - {""})]
            field.initial = self.instance.kind

    def save(self, commit: bool = True) -> ProviderAccount:
        account: ProviderAccount = super().save(commit=False)
        account.kind = self.cleaned_data["kind"]
        if self.cleaned_data["new_secret"]:
            account.secret = self.cleaned_data["new_secret"]
        if commit:
            account.save()
        return account


@admin.register(ProviderAccount)
class ProviderAccountAdmin(DeskAdmin):
    seen_by = Who.ADMINISTRATORS
    written_by = Who.ADMINISTRATORS
    form = ProviderAccountForm
    list_display = ("name", "kind", "account", "base_url", "has_secret", "is_active")
    fields = (("name", "kind"), ("account", "base_url"), ("sender", "edition"), "new_secret", "is_active")

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """No filter in the address may probe a secret."""
        return "secret" not in lookup and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("Secret"), boolean=True)
    def has_secret(self, account: ProviderAccount) -> bool:
        return bool(account.sealed_secret)


@admin.register(Destination)
class DestinationAdmin(DeskAdmin):
    seen_by = Who.AGENTS
    written_by = Who.ADMINISTRATORS
    list_display = ("name", "code", "account", "address", "team", "is_active")
    list_select_related = ("account", "team")
    list_filter = (("account", RelatedDropdownFilter),)
    search_fields = ("name", "code", "address")
    fields = (("name", "code"), ("account", "address"), ("team", "languages"), "is_active")
    actions: Any = ["send_test"]

    @admin.action(description=gettext_lazy("Send a test message"))
    def send_test(self, request: HttpRequest, queryset: Any) -> None:
        """One to each; the ledger shows a second later what the other side said."""
        at, sent = current_act().at, 0
        for destination in queryset.select_related("account").order_by("pk")[:50]:
            try:
                with self.act(request, reason="a test message"):
                    send_test_message(destination, by=person(request), at=at)
                sent += 1
            except DeskError as refusal:
                messages.error(request, f"{destination}: {refusal.detail}")
        if sent:
            messages.success(request, _("%d on the way: Deliveries shows what came of it.") % sent)
