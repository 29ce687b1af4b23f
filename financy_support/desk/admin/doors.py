"""Wrong passwords as the lock-out library counts them; taking a row away lets that person try again."""

from __future__ import annotations

from axes.models import AccessAttempt
from django.contrib import admin

from financy_support.admin_base import DeskAdmin, Who


@admin.register(AccessAttempt)
class AccessAttemptAdmin(DeskAdmin):
    """Never shows what was typed: it may hold a password."""

    seen_by = Who.ADMINISTRATORS
    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "failures_since_start")
    search_fields = ("username", "ip_address")

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return Who.ADMINISTRATORS.includes(getattr(request, "user", None))
