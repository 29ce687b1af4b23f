"""Roles that the handbook calls on by name, and the shifts in which people hold them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel


class ResponseRole(AuditedModel):
    """A role of the handbook's response teams, or one that is told (management, executive, CEO, stakeholder)."""

    is_guide: ClassVar[bool] = True

    class Kind(models.TextChoices):
        RESPONDS = "responds", _("responds to incidents")
        IS_TOLD = "is_told", _("is told")

    slug = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)

    class Meta:
        app_label = "desk"
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name


class OnCallShift(AuditedModel):
    """One person holds one role from a moment until another (half-open, UTC); no two hold one rank of it at once."""

    class Rank(models.IntegerChoices):
        PRIMARY = 1, _("primary")
        SECONDARY = 2, _("secondary")
        MANAGER = 3, _("manager")

    role = models.ForeignKey(ResponseRole, models.PROTECT, related_name="shifts")
    person = models.ForeignKey("desk.User", models.PROTECT, related_name="shifts")
    rank = models.PositiveSmallIntegerField(choices=Rank.choices, default=Rank.PRIMARY)
    period = DateTimeRangeField(_("period"), help_text=_("From (included) until (excluded)."))

    class Meta:
        app_label = "desk"
        constraints = [
            ExclusionConstraint(
                name="one_person_on_call_a_role_and_rank",
                expressions=[
                    ("role", RangeOperators.EQUAL),
                    ("rank", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_(
                    "Somebody holds this role and rank in that period: choose another period or rank."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(
                    period__isempty=False, period__startswith__isnull=False, period__endswith__isnull=False
                ),
                name="shift_has_start_and_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.role}"

    def clean(self) -> None:
        if self.period and self.period.lower and self.period.upper and self.period.lower >= self.period.upper:
            raise ValidationError({"period": _("A shift ends after it starts.")})
