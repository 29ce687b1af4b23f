"""Is the desk alive, and can it serve: what load balancers and supervisors ask."""

from __future__ import annotations

import logging

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

log = logging.getLogger(__name__)


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all; asks nobody else, so that a database's trouble restarts no process."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and is migrated, else 503 with what is missing.

    The broker is not asked: without it the stand-by engine does its work (design §1, 3).
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT edition FROM desk_guideedition")
            is_migrated = cursor.fetchone() is not None
    except DatabaseError as error:
        log.warning("Not ready: %s", type(error).__name__)
        return JsonResponse({"status": "not ready", "missing": "database"}, status=503)
    if not is_migrated:
        return JsonResponse({"status": "not ready", "missing": "migrations"}, status=503)
    return JsonResponse({"status": "ready"})
