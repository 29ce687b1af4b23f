"""The broker for what may be lost, counts and hints: asked for a moment only, and left alone when it is away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE = 0.1  # seconds for the broker's answer
SPARED = 5.0  # seconds in which a broker that failed is not asked again
# What the client raises when the broker is away; the last when it reads a connection that another thread closed.
AWAY = (redis.RedisError, OSError, ValueError)


@dataclass
class Breaker:
    """Remembers until when the broker is left alone, so that an absent one does not cost every request."""

    closed_until: float = 0.0  # seconds of time.monotonic()


@cache
def broker() -> redis.Redis:
    """The client of this process, for all its threads; whatever it is asked raises one of AWAY within PATIENCE."""
    return redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # its greeting asks nothing that Valkey does not know, and is one answer less to wait for
    )
