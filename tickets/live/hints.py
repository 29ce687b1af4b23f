"""Hints by Valkey: “look at this ticket”, “somebody is typing”. They hasten what is read back anyway, or are lost."""

from __future__ import annotations

import json
import time
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.db import connection, transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

from financy_support.api.throttles import PATIENCE, SPARED, Breaker
from tickets.live.hint_names import LOOK, hints_of

breaker = Breaker()


def hint_on_commit(ticket_id: int) -> None:
    """Once the transaction is committed, say that something changed on a ticket; nothing is said when it rolls back."""
    transaction.on_commit(lambda: send_hint(LOOK, ticket_id), robust=True)


def send_hint(kind: str, ticket_id: int, **facts: Any) -> None:
    """Tell every live process now; a broker that is away costs a tenth of a second once in five, and the hint."""
    if time.monotonic() < breaker.closed_until:
        return
    try:
        said = json.dumps({"kind": kind, "ticket": ticket_id, **facts})
        _broker().publish(hints_of(connection.settings_dict["NAME"]), said)
    except (redis.RedisError, OSError, ValueError):  # the last when the client reads a connection it has closed
        breaker.closed_until = time.monotonic() + SPARED


@cache
def _broker() -> redis.Redis:
    return redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # its greeting asks nothing that Valkey does not know, and is one answer less to wait for
    )
