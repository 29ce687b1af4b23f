"""The adjectives of inbound mail: who may read it, what waits, what came from one sender lately."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import connection, models
from django.db.models import Q

from financy_support.desk.people.user import User
from financy_support.desk.subjects import SUBJECTS

ABANDONED_AFTER = timedelta(seconds=1)  # from counting a try to locking its mail takes two statements
# The second condition is looked at once the row is held: who was a moment faster has committed by then.
BEGIN_TRY = """
    WITH next AS (
        SELECT mail.id FROM communications_inboundmail mail
        WHERE mail.state IN ('received', 'released') AND NOT EXISTS (
            SELECT FROM communications_mailtry begun
            WHERE begun.mail_id = mail.id AND begun.began_at > clock_timestamp() - %s::interval
        )
        ORDER BY mail.id LIMIT 1 FOR UPDATE OF mail SKIP LOCKED
    )
    INSERT INTO communications_mailtry AS try (mail_id, number, began_at)
    SELECT id, 1, clock_timestamp() FROM next
    ON CONFLICT (mail_id) DO UPDATE SET number = try.number + 1, began_at = clock_timestamp()
    WHERE try.began_at <= clock_timestamp() - %s::interval
    RETURNING mail_id, number
"""


class InboundMailQuerySet(models.QuerySet[Any]):
    """Which mails."""

    def visible_to(self, actor: Any) -> Self:
        """Agents: what is about something they may see; of what belongs to nothing yet, what may belong to such.

        Before its turn nobody knows what a mail belongs to: until then administrators alone. Everybody else none.
        """
        if not isinstance(actor, User) or not actor.is_agent:
            return self.none()
        seen, suggested = Q(pk__in=[]), Q(suggested_label="")
        for label, visible_to in SUBJECTS.items():
            theirs = visible_to(actor).order_by().values("pk")
            seen |= Q(about_label=label, about_id__in=theirs)
            suggested |= Q(suggested_label=label, suggested_id__in=theirs)
        if not actor.is_superuser:
            suggested &= ~Q(state="received")
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

    def begin_next_try(self) -> tuple[int, int] | None:
        """The oldest mail that waits and that nobody is at, with the number of this try; None when there is none.

        The count stands once this is committed: a worker that dies of the mail does not take it along. A try whose
        turn did not come within ABANDONED_AFTER may be followed by another, as a delivery's may.
        """
        facts: list[Any] = [ABANDONED_AFTER, ABANDONED_AFTER]
        with connection.cursor() as cursor:
            cursor.execute(BEGIN_TRY, facts)
            begun: tuple[int, int] | None = cursor.fetchone()
        return begun

    def lately_from(self, sender: str, *, at: datetime, within: timedelta) -> Self:
        """From one address, whatever its case, in the time before ``at``."""
        return self.filter(sender__iexact=sender, received_at__gt=at - within, received_at__lte=at)
