"""Whether an earlier try of a delivery may have arrived after all: then the provider is asked before it is repeated."""

from __future__ import annotations

from datetime import datetime

from communications.models.delivery import Delivery, Outcome


def in_doubt_since(delivery: Delivery) -> datetime | None:
    """When the first try was made whose end nobody knows; None when every earlier one was refused.

    In doubt are tries that ended as unknown, and tries without a line in the log: their workers were killed.
    """
    if delivery.attempts < 2:
        return None
    tries = {
        number: (outcome, started_at)
        for number, outcome, started_at in delivery.attempt_log.exclude(outcome=Outcome.REDRIVEN)
        .order_by("id")  # what was learned last about a try counts
        .values_list("number", "outcome", "started_at")
    }
    for number in range(1, delivery.attempts):
        outcome, started_at = tries.get(number, (Outcome.UNKNOWN, delivery.message.created_at))
        if outcome == Outcome.UNKNOWN:
            return started_at
    return None
