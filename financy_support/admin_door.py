"""What every answer under /admin/ gets: the viewer's time zone, English words, and the one leave that Alpine needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation


class AdminDoor:
    """Times are shown in the person's zone; the back office speaks English until it is translated as a whole.

    django-unfold's Alpine evaluates its attributes, so pages here alone may evaluate strings (Content-Security-Policy
    'unsafe-eval'); no inline script is allowed even here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(reverse("admin:index")):
            return self._get_response(request)
        user: Any = request.user
        zone = ZoneInfo(user.time_zone) if user.is_authenticated else None
        with timezone.override(zone), translation.override("en"):
            response = self._get_response(request)
        response._csp_update = {"script-src": ["'unsafe-eval'"]}  # type: ignore[attr-defined]  # read by django-csp
        response["Cache-Control"] = response.get("Cache-Control") or "no-store"
        return response
