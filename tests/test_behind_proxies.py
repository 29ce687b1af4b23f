"""Behind a proxy of ours the desk goes by the address that it saw; what anybody else says of it is nothing."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import RequestFactory

from financy_support.behind_proxies import BehindProxies
from financy_support.environment import Environment

OURS = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def address_seen(settings, header, peer="10.0.0.1", ours=OURS):
    settings.DESK_PROXIES = ours
    seen = []

    def view(request):
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    headers = {"HTTP_X_FORWARDED_FOR": header} if header is not None else {}
    BehindProxies(view)(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))
    return seen[0]


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.9, 203.0.113.7", "203.0.113.7"),  # the first one the asker wrote
        ("198.51.100.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"),  # two proxies of ours
        ("10.9.9.9, 203.0.113.7", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("unknown", "10.0.0.1"),
        ("203.0.113.7, unknown", "10.0.0.1"),
        ("", "10.0.0.1"),
        (None, "10.0.0.1"),
    ],
)
def test_it_is_read_from_the_right_for_as_long_as_one_of_ours_asks(settings, header, address):
    assert address_seen(settings, header) == address


@pytest.mark.parametrize("header", ["203.0.113.7", "10.0.0.1", "127.0.0.1", "203.0.113.7, 10.0.0.1"])
def test_t6_nobody_else_says_who_asks(settings, header):
    assert address_seen(settings, header, peer="198.51.100.9") == "198.51.100.9"
    assert address_seen(settings, header, ours=[]) == "10.0.0.1"


def test_two_visitors_behind_one_proxy_are_two(settings, client, db):
    settings.DESK_PROXIES = [ip_network("127.0.0.1")]
    for _ in range(31):
        answer = client.get("/survey/nonsense/", headers={"X-Forwarded-For": "203.0.113.7"})
    assert answer.status_code == 429
    assert client.get("/survey/nonsense/", headers={"X-Forwarded-For": "203.0.113.8"}).status_code != 429


def test_nonsense_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("DESK_PROXIES", "10.0.0.0/8, proxy.example.com")
    with pytest.raises(ImproperlyConfigured, match="DESK_PROXIES"):
        Environment().networks("DESK_PROXIES", default=[])
