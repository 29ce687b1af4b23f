"""Who asks, when proxies stand before the desk: the address that the first of ours was asked from."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class BehindProxies:
    """Sets ``REMOTE_ADDR`` from ``X-Forwarded-For``, read from the right for as long as one of DESK_PROXIES asks.

    Each proxy adds the address that it was asked from; further left anybody may write, and of anybody else's request
    the header says nothing (reliability T6). Limits and lock-outs that go by address would otherwise hold for everybody
    behind a proxy together.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        while hops and _is_ours(request.META.get("REMOTE_ADDR", "")) and _is_address(hops[-1]):
            request.META["REMOTE_ADDR"] = hops.pop()
        return self.get_response(request)


def _is_ours(address: str) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in settings.DESK_PROXIES)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
