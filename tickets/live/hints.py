"""Hints by Valkey: “look at this ticket”, “somebody is typing”. They hasten what is read back anyway, or are lost."""

from __future__ import annotations

import json
import time
from typing import Any

from django.db import connection, transaction

from financy_support.api.impatient_broker import AWAY, SPARED, Breaker, broker
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
        broker().publish(hints_of(connection.settings_dict["NAME"]), said)
    except AWAY:
        breaker.closed_until = time.monotonic() + SPARED
