"""Who asks, when proxies stand before the desk: the address that the outermost trusted one saw."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class BehindProxies:
    """Sets ``REMOTE_ADDR`` from ``X-Forwarded-For``, counted from the right: further left anybody may write.

    ``DESK_PROXIES`` proxies each add the address that they were asked from. Limits and lock-outs that go by address
    would else hold for everybody behind the proxy together. A request without the header (a health check beside the
    desk) keeps its own address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.DESK_PROXIES:
            hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
            if hops:
                asked_from = hops[-min(settings.DESK_PROXIES, len(hops))]
                if _is_address(asked_from):
                    request.META["REMOTE_ADDR"] = asked_from
        return self.get_response(request)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
