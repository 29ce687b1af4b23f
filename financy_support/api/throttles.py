"""How often one actor may ask: counted in Valkey, let through when the broker is away."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.db import connection
from prometheus_client import Counter
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from financy_support.api.impatient_broker import AWAY, SPARED, Breaker, broker

RATE_LIMIT = "desk.rate_limit"  # where the view finds what to say about it
WINDOW = 60  # seconds

let_through = Counter("desk_api_unthrottled_total", "Requests let through uncounted because the broker was away.")

breaker = Breaker()


class PerActorThrottle(BaseThrottle):
    """So many requests a minute for each actor, whatever token or host they use (design §3 'API manners').

    One round trip; the window starts with its first request and runs on the broker's clock.
    """

    limit_setting = "DESK_API_REQUESTS_PER_MINUTE"
    kind = ""  # counts of one kind are not those of another
    wait_seconds: int | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        counted = count_request(self.kind + str(request.user.pk or request.META.get("REMOTE_ADDR", "")))
        if counted is None:
            return True
        count, self.wait_seconds = counted
        limit: int = getattr(settings, self.limit_setting)
        request.META[RATE_LIMIT] = {
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": str(max(0, limit - count)),
            "RateLimit-Reset": str(self.wait_seconds),
        }
        return count <= limit

    def wait(self) -> float | None:
        return self.wait_seconds


def count_request(actor: str) -> tuple[int, int] | None:
    """How many requests the window of ``actor`` has seen, this one included, and the seconds it still runs.

    None when the broker does not answer: the request is let through, and that is counted.
    """
    key = f"{connection.settings_dict['NAME']}:requests:{actor}"  # two desks may share a broker
    if time.monotonic() >= breaker.closed_until:
        try:
            with broker().pipeline(transaction=False) as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, WINDOW, nx=True)
                pipeline.ttl(key)
                count, _, left = pipeline.execute()
            return int(count), max(1, int(left))
        except AWAY:
            breaker.closed_until = time.monotonic() + SPARED
    let_through.inc()
    return None
