"""System checks of the floor, each with an id and a way out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as CheckWarning


@register(Tags.security, deploy=True)
def history_has_its_own_owner(**_: Any) -> list[CheckMessage]:
    """Warn when the runtime log-in owns the tables: history is then held by triggers alone."""
    if settings.DATABASES["default"].get("USER") != settings.DATABASES["owner"].get("USER"):
        return []
    return [
        CheckWarning(
            "The runtime log-in is also the owner of the tables: history is held by triggers alone.",
            hint="Set DATABASE_OWNER_URL to a second log-in that owns the database, and run migrate again.",
            id="desk.W001",
        )
    ]
