"""The back office of the shell: API tokens, which are seen and revoked here and issued by ``issue_token``."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from financy_support.admin_base import DeskAdmin, Who
from financy_support.api.models import ApiToken
from financy_support.desk.audit.acting import current_act


@admin.register(ApiToken)
class ApiTokenAdmin(DeskAdmin):
    """Whose, what for, until when; never the token itself, which is not stored."""

    seen_by = Who.ADMINISTRATORS
    list_display = ("name", "user", "scopes", "created_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    fields = ("name", "user", "scopes", ("created_at", "expires_at", "revoked_at"))
    actions: Any = ["revoke"]

    @admin.action(description=gettext_lazy("Revoke"))
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """From the next request on the token opens nothing."""
        count = queryset.filter(revoked_at__isnull=True).update(revoked_at=current_act().at)
        messages.success(request, _("%d tokens revoked.") % count)
