"""What a provider answered to one try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from communications.models.delivery import Outcome


@dataclass(frozen=True)
class Answer:
    """One answer, told as it was.

    ``retry_after`` is the provider's own wish, honoured when it gives one: nothing else is tried at that gate until
    then. ``is_away`` says that the provider itself could not be reached, which closes its gate for a while.
    ``provider_id`` is what the provider calls what it took. ``is_gone`` says that nobody will ever listen there again.
    """

    outcome: Outcome
    text: str
    retry_after: timedelta | None = None
    is_away: bool = False
    provider_id: str = ""
    is_gone: bool = False
