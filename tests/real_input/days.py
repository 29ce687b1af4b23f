"""Days pass: sweeps at coming moments, and every mail that they cause handed to the mail server."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import connection

from communications.models import Delivery
from communications.outbox import deliver
from tests.real_input.desk import manage

HOUR = timedelta(hours=1)
# Response times end within two hours, then 4, 8 and 24 hours in a tier, then the resolution of each severity.
MOMENTS = tuple(HOUR * hours for hours in (1, 2.5, 5, 9, 14, 26, 40, 75, 24 * 8))
HANDS = 3
SETTLING = 120.0  # seconds in which the desk's own workers may finish what they hold


def pass_days(start: datetime) -> Iterator[tuple[datetime, str, float, int]]:
    """Sweep at each moment after ``start``, then send what it caused; (moment, what passed, seconds, mails tried)."""
    for later in MOMENTS:
        at, began = start + later, time.monotonic()
        said = manage("sweep", "--at", at.isoformat()).strip().splitlines()[-1]
        swept = time.monotonic() - began
        yield at, said, swept, send_all(at)


def send_all(at: datetime) -> int:
    """Everything due by ``at``, by several hands at once as several workers would; returns the tries made."""
    with ThreadPoolExecutor(HANDS) as pool:
        tries = sum(pool.map(lambda _: _send(at), range(HANDS)), Counter[str]())
    until = time.monotonic() + SETTLING
    while Delivery.objects.filter(state__in=("queued", "sending")).exists() and time.monotonic() < until:
        time.sleep(0.5)
        tries += deliver(at)
    return tries.total()


def _send(at: datetime) -> Counter[str]:
    try:
        return deliver(at)
    finally:
        connection.close()
