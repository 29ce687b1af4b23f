"""What a provider answered to one try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from communications.models.delivery import Outcome


@dataclass(frozen=True)
class Answer:
    """``retry_after`` is the provider's own wish, honoured when it gives one."""

    outcome: Outcome
    text: str
    retry_after: timedelta | None = None
