"""Feedback lands when readers see the revision that came of it, and takes off again when they no longer do."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from financy_support.desk.people.user import User
from knowledge.models import Feedback, FeedbackState, Revision, Translation
from knowledge.thanking import thank_for_change


def land(revision: Revision, *, by: User, at: datetime) -> None:
    """Whoever asked for this change is thanked, and so is whoever said the same; each once.

    Source: handbook 'acknowledgment_system' thank_you_notifications.
    """
    landing = list(
        Feedback.objects.select_for_update(of=("self",), no_key=True)
        .filter(caused=revision, state=FeedbackState.PLANNED)
        .order_by("pk")
    )
    if not landing:
        return
    first_time = [one.pk for one in landing if one.landed_at is None]
    Feedback.objects.filter(pk__in=[one.pk for one in landing]).update(state=FeedbackState.LANDED, landed_at=at)
    thanked = Feedback.objects.filter(
        Q(pk__in=first_time) | Q(merged_into__in=first_time),
        customer__isnull=False,
        translation__in=Translation.objects.public(),  # what the public may not read is not told either
    )
    thank_for_change(
        thanked.select_related("customer", "translation", "revision").order_by("pk"), revision, by=by, at=at
    )


def take_off(revision: Revision) -> None:
    """Readers do not see these words any more: what asked for them is owed its change again."""
    Feedback.objects.filter(caused=revision, state=FeedbackState.LANDED).update(state=FeedbackState.PLANNED)
