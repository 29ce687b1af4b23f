"""The train that waits: one at a time, with the moment of its departure."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from knowledge.models import Train, TrainDeadline

EVERY = timedelta(days=14)  # handbook 'publication_schedule': bi_weekly_for_regular (design §8, 11)


def waiting_train(*, at: datetime) -> Train:
    """The train that regular articles leave with; made when none waits, to depart in fourteen days.

    It is locked: it does not leave before the caller's transaction ends, and one that is just leaving is waited for
    and counts as gone. So nobody who is approved misses both.
    """
    found = Train.objects.select_for_update(no_key=True).filter(departed_at__isnull=True).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            train = Train.objects.create()
    except IntegrityError:  # somebody else made it in the same moment
        return Train.objects.get(departed_at__isnull=True)
    TrainDeadline(train=train, kind=TrainDeadline.DEPARTURE, target=EVERY, policy_source="bi_weekly_for_regular").start(
        at
    ).save()
    return train
