"""By what the list of messages is narrowed, without asking the database which values there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from financy_support.admin_base import DropdownFilter

UPDATE_TYPES = {
    "initial": gettext_lazy("initial response"),
    "reply": gettext_lazy("reply"),
    "progress": gettext_lazy("progress update"),
    "escalation": gettext_lazy("escalation"),
    "resolution": gettext_lazy("resolution"),
}
LEVELS = [(low, high) for low in (1, 2, 3, 4) for high in (2, 3, 4) if high >= low]
WITHIN = {
    "15m": (timedelta(minutes=15), gettext_lazy("within 15 minutes")),
    "2h": (timedelta(hours=2), gettext_lazy("within 2 hours")),
    "8h": (timedelta(hours=8), gettext_lazy("within 8 hours")),
    "24h": (timedelta(hours=24), gettext_lazy("within a day")),
}


class UpdateTypeFilter(DropdownFilter):
    """What kind of update it is (handbook 'update_type')."""

    title = gettext_lazy("update type")
    parameter_name = "update_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(UPDATE_TYPES.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(update_type=self.value()) if self.value() in UPDATE_TYPES else queryset


class EscalationLevelFilter(DropdownFilter):
    """From which tier to which."""

    title = gettext_lazy("escalation level")
    parameter_name = "escalation_level"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(f"tier_{low}_to_{high}", f"{low} → {high}") for low, high in LEVELS]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(escalation_level=self.value()) if self.value() else queryset


class ExpectedFilter(DropdownFilter):
    """How soon an answer was promised."""

    title = gettext_lazy("expected response time")
    parameter_name = "expected"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, title) for name, (_span, title) in WITHIN.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = WITHIN.get(self.value() or "")
        return queryset.filter(expected_response_time__lte=chosen[0]) if chosen else queryset
