"""Train: regular articles are published together, every fourteen days; each is a carriage that can be returned."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.time.deadline import Deadline
from knowledge.models.revision import Revision


class Train(AuditedModel):
    """Handbook 'Knowledge Base Management': publication_schedule, bi_weekly_for_regular. One waits at a time."""

    departed_at = models.DateTimeField(_("departed"), null=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(departed_at__isnull=True), name="one_train_waits"
            )
        ]

    def __str__(self) -> str:
        return f"Train {self.pk}"


class TrainDeadline(Deadline):
    """When a train is to depart."""

    DEPARTURE: ClassVar[str] = "departure"
    subject_field: ClassVar[str] = "train"

    train = models.ForeignKey(Train, models.PROTECT, related_name="deadlines")

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at", "id"],
                name="traindeadline_to_look_at",
                condition=models.Q(next_look_at__isnull=False),
            )
        ]


class Carriage(AuditedModel):
    """A revision that left with a train. ``before`` is what readers saw until then, and see again once returned."""

    train = models.ForeignKey(Train, models.PROTECT, related_name="carriages")
    revision = models.OneToOneField(Revision, models.PROTECT, related_name="carriage")
    before = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")
    returned_at = models.DateTimeField(_("returned"), null=True)
    returned_because = models.CharField(_("why returned"), max_length=500, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.revision)
