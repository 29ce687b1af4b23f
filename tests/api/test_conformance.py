"""Any request that schemathesis makes up gets an answer that the description allows, and never a failure of ours."""

from __future__ import annotations

import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import issue
from tests.make import make_ticket

# For each operation and kind of request. A count from outside also makes each run another one; 100 make ten thousand.
EXAMPLES = int(os.environ.get("DESK_MADE_UP_REQUESTS", "3"))
IS_SAME_EACH_TIME = "DESK_MADE_UP_REQUESTS" not in os.environ
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
]

# What refuses a request; 413 is for a body that breaks the rules by its very length.
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]


@schemathesis.serializer("message/rfc822")
def as_it_is(context, value):
    """A mail is any bytes: it is kept first and read later."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture
def one_connection():
    """A real server ends its connection with a request; here the test's own has to live on."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def described(cast, settings, tmp_path, one_connection):
    settings.MEDIA_ROOT = tmp_path
    settings.DESK_API_REQUESTS_PER_MINUTE = 1_000_000
    make_ticket(cast.ben)
    told = {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
    config = SchemathesisConfig.from_dict(told)
    return schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application(), config=config)


@pytest.fixture
def tokens(cast):
    return [issue(who)[0] for who in (cast.ada, cast.ben)]


def test_made_up_requests_are_answered_as_described(described, tokens):
    wrong = []
    for result in described.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            wrong += failures_of(operation.as_strategy(generation_mode=mode), tokens)
    assert not wrong, "\n\n".join(wrong)


def failures_of(strategy, tokens):
    """What the first failing request of an operation was, and why; nothing when all are answered as described."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=IS_SAME_EACH_TIME,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def ask(case):
        for secret in tokens:
            before = transaction.savepoint()
            try:
                case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=CHECKS)
            finally:
                transaction.savepoint_rollback(before)

    try:
        ask()
    except BaseExceptionGroup as exc:
        return [str(one) for one in exc.exceptions]
    except Exception as exc:
        return [str(exc) + "".join(map(str, getattr(exc, "__notes__", [])))]
    return []
