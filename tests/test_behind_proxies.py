"""Behind a proxy the desk goes by the address that the proxy saw, whatever the asker wrote."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from financy_support.behind_proxies import BehindProxies

PROXY = "10.0.0.1"


def address_seen(header, proxies, settings):
    settings.DESK_PROXIES = proxies
    seen = []

    def view(request):
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    headers = {"HTTP_X_FORWARDED_FOR": header} if header is not None else {}
    BehindProxies(view)(RequestFactory().get("/", REMOTE_ADDR=PROXY, **headers))
    return seen[0]


@pytest.mark.parametrize(
    ("header", "proxies", "address"),
    [
        ("203.0.113.7", 1, "203.0.113.7"),
        ("198.51.100.9, 203.0.113.7", 1, "203.0.113.7"),  # the first one the asker wrote
        ("198.51.100.9, 203.0.113.7, 10.0.0.2", 2, "203.0.113.7"),
        ("203.0.113.7", 2, "203.0.113.7"),
        ("2001:db8::7", 1, "2001:db8::7"),
        ("203.0.113.7", 0, PROXY),
        ("unknown", 1, PROXY),
        ("", 1, PROXY),
        (None, 1, PROXY),
    ],
)
def test_it_is_counted_from_the_right(settings, header, proxies, address):
    assert address_seen(header, proxies, settings) == address


def test_two_visitors_behind_one_proxy_are_two(settings, client, db):
    settings.DESK_PROXIES = 1
    for _ in range(31):
        answer = client.get("/survey/nonsense/", headers={"X-Forwarded-For": "203.0.113.7"})
    assert answer.status_code == 429
    assert client.get("/survey/nonsense/", headers={"X-Forwarded-For": "203.0.113.8"}).status_code != 429
