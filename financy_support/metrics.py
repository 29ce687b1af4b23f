"""/metrics: figures for Prometheus, told to who holds the token, or on a trial desk to this machine alone."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures for who sends `Authorization: Bearer <DESK_METRICS_TOKEN>`; any other answer says the way in.

    Without a token set: in development for callers from this machine, in production for nobody. A loopback address is
    only believed of a caller who came without a proxy: behind one, everybody has the proxy's address.
    """
    if settings.DESK_METRICS_TOKEN:
        if _holds_token(request):
            return ExportToDjangoView(request)
        hint = "Send the header “Authorization: Bearer …” with the value of DESK_METRICS_TOKEN.\n"
        return _refuse(401, hint, {"WWW-Authenticate": 'Bearer realm="metrics"'})
    if not settings.PRODUCTION and _is_from_here(request):
        return ExportToDjangoView(request)
    return _refuse(403, "Metrics are closed. Set DESK_METRICS_TOKEN and send it as “Authorization: Bearer …”.\n")


def _holds_token(request: HttpRequest) -> bool:
    """Compared in a time that tells nothing about the token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_token = hmac.compare_digest(token.strip().encode(), settings.DESK_METRICS_TOKEN.encode())
    return scheme.lower() == "bearer" and is_token


def _is_from_here(request: HttpRequest) -> bool:
    if any(header in request.headers for header in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # a server on a Unix socket names no address
        return False


def _refuse(status: int, hint: str, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(hint, status=status, content_type="text/plain; charset=utf-8", headers=headers)
