"""Assignment: work on the knowledge base that belongs to no single article yet, with an owner and a due time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.language import Language
from financy_support.desk.time.deadline import Deadline


class AssignmentKind(models.TextChoices):
    """Handbook 'identify_gaps', and 'user_feedback_integration': monthly."""

    GAP = "gap", _("a question that no article answers")
    FEEDBACK_ROUND = "feedback_round", _("work in the month's feedback")


class Assignment(AuditedModel):
    """``words`` and ``language`` are a gap's question, ``stems`` what it is compared by (``knowledge/gaps.py``)."""

    kind = models.CharField(_("kind"), max_length=20, choices=AssignmentKind.choices)
    owner = models.ForeignKey(
        "desk.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, blank=True)
    words = models.CharField(_("question"), max_length=256, blank=True)
    stems = models.CharField(max_length=500, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_because = models.TextField(_("how it ended"), blank=True)

    class Meta:
        ordering = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["language", "stems"], condition=Q(kind="gap", closed_at=None), name="one_assignment_a_gap"
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind="feedback_round", closed_at=None), name="one_feedback_round"
            ),
        ]

    def __str__(self) -> str:
        return f"“{self.words}” ({self.language})" if self.words else str(self.get_kind_display())


class AssignmentDeadline(Deadline):
    """When it is due."""

    DUE: ClassVar[str] = "assignment"
    subject_field: ClassVar[str] = "assignment"
    subject_related: ClassVar[tuple[str, ...]] = ("owner",)

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="deadlines")

    class Meta:
        ordering = ["due_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at", "id"],
                name="assignmentdl_to_look_at",
                condition=Q(next_look_at__isnull=False),
            )
        ]
