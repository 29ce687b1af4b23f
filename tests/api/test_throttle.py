"""So many requests a minute for each actor, counted in Valkey; without Valkey the desk stays open."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import REGISTRY

from financy_support.api import throttles
from financy_support.api.impatient_broker import SPARED, broker
from financy_support.api.throttles import count_request
from tests.api.conftest import client_with, issue

LIST = "/api/v1/customers/"


@pytest.fixture
def limit(settings):
    settings.DESK_API_REQUESTS_PER_MINUTE = 5
    return 5


@pytest.fixture
def no_broker(settings):
    """A broker that nobody listens at."""
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    broker.cache_clear()
    yield
    broker.cache_clear()


def let_through():
    return REGISTRY.get_sample_value("desk_api_unthrottled_total")


def test_the_request_beyond_the_limit_is_429_and_says_when_to_come_back(cast, api, limit):
    tom = api(cast.tom)
    answers = [tom.get(LIST) for _ in range(limit + 1)]
    assert [answer.status_code for answer in answers] == [200] * limit + [429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0"]
    last = answers[-1]
    assert last.json()["code"] == "throttled" and last["Content-Type"] == "application/problem+json"
    assert 1 <= int(last["Retry-After"]) <= 60 and last["Retry-After"] == last["RateLimit-Reset"]


def test_each_actor_has_their_own_count_however_many_tokens(cast, limit):
    first, second = (client_with(issue(cast.tom)[0]) for _ in range(2))
    assert [client.get(LIST).status_code for client in (first, second) * 3] == [200] * 5 + [429]
    assert client_with(issue(cast.tina)[0]).get(LIST).status_code == 200


def test_many_at_once_are_counted_one_by_one(db):
    key = f"test:{uuid.uuid4()}"
    with ThreadPoolExecutor(20) as pool:
        counts = [counted[0] for counted in pool.map(lambda _: count_request(key), range(200)) if counted]
    assert sorted(counts) == list(range(1, 201))


def test_without_a_broker_requests_are_let_through_counted_and_not_slowed(cast, api, limit, no_broker):
    before = let_through()
    tom = api(cast.tom)
    started = time.monotonic()
    assert {tom.get(LIST).status_code for _ in range(2 * limit)} == {200}
    assert let_through() - before == 2 * limit
    assert time.monotonic() - started < 2


@pytest.fixture
def silent_broker(settings):
    """A broker that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        broker.cache_clear()
        yield
        broker.cache_clear()
        throttles.breaker.closed_until = 0


def test_a_connection_that_another_thread_closes_lets_the_request_through(db, silent_broker):
    """The client reads from a closed file then, which is no error of its own: it answered 500."""
    before = let_through()
    closing = threading.Timer(0.03, broker().connection_pool.disconnect)
    closing.start()
    assert count_request("x") is None
    closing.join()
    assert let_through() - before == 1


def test_a_broker_that_failed_is_spared_and_then_asked_again(db, no_broker):
    assert count_request("x") is None
    assert 0 < throttles.breaker.closed_until - time.monotonic() <= SPARED
