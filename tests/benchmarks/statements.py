"""How many statements some work sends, transaction bookkeeping (BEGIN, COMMIT, savepoints) left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

BOOKKEEPING = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def statements_of(work: Callable[[], Any]) -> list[str]:
    """The statements of ``work`` when everything that a process keeps in memory is there already."""
    work()
    with CaptureQueriesContext(connection) as queries:
        work()
    return [one["sql"] for one in queries.captured_queries if not one["sql"].startswith(BOOKKEEPING)]


def statements_of_request(
    method: str, path: str, headers: Callable[[], Mapping[str, str]], body: Any = None, client: Client | None = None
) -> list[str]:
    """The statements of one request through all the middleware; raises RuntimeError when it is not answered 2xx."""
    client = client or Client()

    def ask() -> None:
        answer = client.generic(
            method,
            path,
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers=dict(headers()),
        )
        if not 200 <= answer.status_code < 300:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.content[:500]!r}")

    return statements_of(ask)
