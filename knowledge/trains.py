"""The train that waits: one at a time, with the moment of its departure."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from knowledge.models import Train, TrainDeadline
from knowledge.practices import span_of


def waiting_train(*, at: datetime) -> Train:
    """The train that regular articles leave with; made when none waits, to depart in its time.

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
    every = span_of("creation_process", "publication_schedule")  # bi_weekly_for_regular: 14 days (design §8, 11)
    TrainDeadline(train=train, kind=TrainDeadline.DEPARTURE, target=every, policy_source="bi_weekly_for_regular").start(
        at
    ).save()
    return train
