"""Clients that ask as one of the cast, each with a token of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from communications.news import endpoints_in_use
from communications.words import words
from financy_support.api.models import ApiToken, TokenUse, digest_of, new_secret
from financy_support.api.throttles import breaker
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import SystemActor, User, system_actor
from tickets.policy import policy

# What stands for BEGIN and COMMIT when a test holds the real transaction.
BOOKKEEPING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SELECT set_config('desk.actor', ''")


def issue(who: User | Customer, scopes: Sequence[str] = (), *, days: int = 1) -> tuple[str, ApiToken]:
    """A token as ``issue_token`` makes it, already used once; the secret and its row."""
    user = who.user if isinstance(who, Customer) else who
    assert user is not None
    secret = new_secret()
    with acting(by=system_actor(SystemActor.CONSOLE), channel="test", reason="a token") as act:
        token = ApiToken.objects.create(
            user=user,
            name="test",
            digest=digest_of(secret),
            scopes=list(scopes),
            created_at=act.at,
            expires_at=act.at + timedelta(days=days),
        )
        TokenUse.objects.create(token=token, last_used_at=act.at)
    return secret, token


def client_with(secret: str) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    client.default_format = "json"
    return client


@pytest.fixture
def api(cast: Any) -> Callable[..., APIClient]:
    """``api(cast.tom)`` asks as Tom; ``api(cast.monitor, "tickets:read")`` with a scoped token; ``api()`` as nobody."""

    def ask_as(who: User | Customer | None = None, *scopes: str) -> APIClient:
        if who is None:
            return APIClient(raise_request_exception=False)
        return client_with(issue(who, scopes)[0])

    return ask_as


@pytest.fixture(autouse=True)
def broker_is_asked() -> None:
    """No test inherits a broken broker from another."""
    breaker.closed_until = 0.0


class Statements(CaptureQueriesContext):
    """Statements that a request sent, without the bookkeeping of the test's own transaction."""

    @property
    def sent(self) -> list[str]:
        return [one["sql"] for one in self.captured_queries if not one["sql"].startswith(BOOKKEEPING)]


@pytest.fixture
def statements(cast: Any) -> Callable[[], Statements]:
    """``with statements() as taken``: counts what a warm process sends, whichever test ran before in this one."""
    with acting(by=cast.ada, channel="test"):
        for guide in (policy, words, endpoints_in_use):
            guide()
    return lambda: Statements(connection)
