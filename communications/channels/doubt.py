"""Whether an earlier try of a delivery may have arrived after all: then the provider is asked before it is repeated."""

from __future__ import annotations

from datetime import datetime

from communications.models.delivery import Delivery, Outcome


def in_doubt_since(delivery: Delivery, *, is_settled_by_hand: bool = False) -> datetime | None:
    """When the first try was made whose end nobody knows; None when every earlier one was refused.

    In doubt are tries that ended as unknown, and tries without a line in the log: their workers were killed.
    ``is_settled_by_hand``: whoever sends it again by hand has decided about the tries before.
    """
    if delivery.attempts < 2:
        return None
    tries: dict[int, tuple[str, datetime]] = {}
    first = 1
    for number, outcome, started_at in delivery.attempt_log.order_by("id").values_list(
        "number", "outcome", "started_at"
    ):
        if outcome != Outcome.REDRIVEN:
            tries[number] = (outcome, started_at)  # what was learned last about a try counts
        elif is_settled_by_hand:
            first = number + 1
    for number in range(first, delivery.attempts):
        outcome, started_at = tries.get(number, (Outcome.UNKNOWN, delivery.message.created_at))
        if outcome == Outcome.UNKNOWN:
            return started_at
    return None
