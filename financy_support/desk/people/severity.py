"""Severity: how bad, the same four words for tickets and (as P1–P4) for incidents."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Severity(models.TextChoices):
    """Handbook 'response_sla': critical, high, medium, low."""

    CRITICAL = "critical", _("critical")
    HIGH = "high", _("high")
    MEDIUM = "medium", _("medium")
    LOW = "low", _("low")

    @property
    def rank(self) -> int:
        """1 for critical to 4 for low: smaller is worse."""
        return list(Severity).index(self) + 1
