"""The adjectives of inbound mail: who may read it, what waits, what came from one sender lately."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import connection, models
from django.db.models import Q

from financy_support.desk.people.user import User
from financy_support.desk.subjects import SUBJECTS


class InboundMailQuerySet(models.QuerySet[Any]):
    """Which mails."""

    def visible_to(self, actor: Any) -> Self:
        """Agents: what is about something they may see; of what belongs to nothing yet, what may belong to such.

        Everybody else none.
        """
        if not isinstance(actor, User) or not actor.is_agent:
            return self.none()
        seen, suggested = Q(pk__in=[]), Q(suggested_label="")
        for label, visible_to in SUBJECTS.items():
            theirs = visible_to(actor).order_by().values("pk")
            seen |= Q(about_label=label, about_id__in=theirs)
            suggested |= Q(suggested_label=label, suggested_id__in=theirs)
        return self.filter(seen | (Q(about_label="") & suggested))

    def wait_for_copies(self, sender: str, message_id: str) -> None:
        """Until who else takes in a copy of this mail has committed; the caller's own end lets others on."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"mail:{sender.lower()}:{message_id}"]
            )

    def waiting(self) -> Self:
        """Not decided yet, oldest first."""
        return self.filter(state__in=("received", "released")).order_by("id")

    def lately_from(self, sender: str, *, at: datetime, within: timedelta) -> Self:
        """From one address, whatever its case, in the time before ``at``."""
        return self.filter(sender__iexact=sender, received_at__gt=at - within, received_at__lte=at)
