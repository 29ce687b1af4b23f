"""Is the desk alive, and can it serve: what load balancers and supervisors ask."""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from communications.lateness import late_work
from financy_support.engines import database_now

log = logging.getLogger(__name__)


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all; asks nobody else, so that a database's trouble restarts no process."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, is migrated and no word is late, else 503 with what is missing or late.

    The broker is not asked: without it the stand-by engine does its work (design §1, 3).
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT edition FROM desk_guideedition")
            is_migrated = cursor.fetchone() is not None
    except DatabaseError as error:
        log.warning("Not ready: %s", type(error).__name__)
        return _unready({"status": "not ready", "missing": "database"})
    if not is_migrated:
        return _unready({"status": "not ready", "missing": "migrations"})
    late = late_work(database_now())
    if late:
        return _unready({"status": "late", "late": [str(one) for one in late]})
    return JsonResponse({"status": "ready"})


def _unready(why: dict[str, Any]) -> HttpResponse:
    """503, which Django does not log as an error of ours each time that somebody asks."""
    answer = JsonResponse(why, status=503)
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer
