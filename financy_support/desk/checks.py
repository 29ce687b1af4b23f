"""System checks of the floor, each with an id and a way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import connections


@register(Tags.security, deploy=True)
def history_has_its_own_owner(**_: Any) -> list[CheckMessage]:
    """Warn when the runtime log-in owns the tables: nothing then holds history but the desk's manners."""
    if settings.DATABASES["default"].get("USER") != settings.DATABASES["owner"].get("USER"):
        return []
    return [
        CheckWarning(
            "The runtime log-in also owns the tables: history is held by nothing but the desk's own good manners.",
            hint="Set DATABASE_OWNER_URL to a second log-in that owns the database, and run migrate again.",
            id="desk.W001",
        )
    ]


ENGINES_AND_COMMANDS = 10  # stand-by engine, Celery's processes, a command or two in another terminal


@register(Tags.database)
def connections_fit_into_postgres(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Refuse a start whose web pools could use up PostgreSQL's connections (design §3 'Connections')."""
    if not databases:
        return []
    with connections[databases[0]].cursor() as cursor:
        cursor.execute("SELECT current_setting('max_connections')::int")
        most = cursor.fetchone()[0]
    needed = settings.DESK_WEB_WORKERS * (settings.DESK_BLOCKING_THREADS + 1) + ENGINES_AND_COMMANDS
    if needed <= most:
        return []
    return [
        Error(
            f"Web, engine and workers may open {needed} connections; PostgreSQL allows {most}.",
            hint="Lower DESK_WEB_WORKERS or DESK_BLOCKING_THREADS, or raise max_connections.",
            id="desk.E002",
        )
    ]
