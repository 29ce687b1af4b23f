"""Who is told the desk's figures: the holder of the token, or without one this machine alone, on a trial desk."""

from __future__ import annotations

import pytest
from django.test import Client

TOKEN = "a-token-that-nobody-guesses"
FIGURE = b"django_http_requests_total"


@pytest.fixture
def guarded(settings):
    settings.DESK_METRICS_TOKEN = TOKEN


@pytest.fixture
def unguarded(settings):
    settings.DESK_METRICS_TOKEN = ""


def ask(*, address="127.0.0.1", secure=False, **headers):
    return Client(REMOTE_ADDR=address).get("/metrics", headers=headers, secure=secure)


@pytest.mark.parametrize("address", ["127.0.0.1", "203.0.113.7"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_holder_of_the_token_is_told_from_wherever(guarded, address, scheme):
    answer = ask(address=address, Authorization=f"{scheme} {TOKEN}")
    assert answer.status_code == 200 and FIGURE in answer.content
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "said", ["", "Bearer", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer ÿ"]
)
def test_without_it_nobody_is_not_even_this_machine_and_the_answer_says_what_to_send(guarded, said):
    answer = ask(Authorization=said) if said else ask()
    assert answer.status_code == 401 and FIGURE not in answer.content
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert "DESK_METRICS_TOKEN" in answer.content.decode() and TOKEN not in answer.content.decode()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_a_trial_desk_without_a_token_tells_this_machine(unguarded, address):
    assert FIGURE in ask(address=address).content


@pytest.mark.parametrize("address", ["203.0.113.7", "10.0.0.1", "2001:db8::1", "", "unix"])
def test_and_no_other(unguarded, address):
    answer = ask(address=address)
    assert answer.status_code == 403 and FIGURE not in answer.content
    assert "Set DESK_METRICS_TOKEN" in answer.content.decode()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_who_comes_through_a_proxy_on_this_machine_is_not_from_here(unguarded, header):
    assert ask(**{header: "127.0.0.1"}).status_code == 403


def test_in_production_without_a_token_it_is_closed_to_all_with_a_hint(unguarded, settings):
    settings.PRODUCTION = True
    answer = ask(secure=True)
    assert answer.status_code == 403 and FIGURE not in answer.content
    assert "Set DESK_METRICS_TOKEN" in answer.content.decode()
    settings.DESK_METRICS_TOKEN = TOKEN
    assert FIGURE in ask(secure=True, Authorization=f"Bearer {TOKEN}").content


def test_it_is_read_never_written(guarded):
    assert Client().post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405
