"""Gate: what may be closed on its own, so that one provider that is away holds up nobody else."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Gate(models.Model):
    """A gate that is closed, or that lets one delivery through at a time, every ``pace`` at most; an open one has
    no row.

    ``key`` is the kind of the desk's own line (``email``) or a place of its own (``slack:7``). From ``closed_until`` on
    one delivery may pass; ``passing`` is who just does, from a place. ``is_waited_at``: deliveries are held here,
    which ``communications_pass`` (migration 0020_who_passes) lets pass and gives back.
    """

    key = models.CharField(_("gate"), max_length=60, primary_key=True)
    closed_at = models.DateTimeField(_("closed since"), null=True)
    closed_until = models.DateTimeField(_("next try"))
    why = models.TextField(_("why"), blank=True, default="", db_default="")
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0, db_default=0)
    pace = models.DurationField(_("one every"), null=True)
    passing = models.BigIntegerField(null=True)
    is_waited_at = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["key"]
        indexes = [
            models.Index(
                fields=["closed_until"],
                name="gate_to_pass",
                condition=models.Q(closed_at__isnull=True, is_waited_at=True),
            ),
            models.Index(
                fields=["closed_until"],
                name="gate_to_probe",
                condition=models.Q(closed_at__isnull=False, is_waited_at=True),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_closed(self) -> bool:
        """A gate that is only paced is open."""
        return self.closed_at is not None
