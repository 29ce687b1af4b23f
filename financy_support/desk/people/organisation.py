"""Organisation: the firm several customers belong to; it may let its people see each other's tickets."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel


class Organisation(AuditedModel):
    """A customer's firm."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    shares_tickets = models.BooleanField(
        _("shares tickets"), default=False, help_text=_("Its people see the public side of each other's tickets.")
    )

    class Meta:
        app_label = "desk"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
