"""Release: a release of the product, after which articles are checked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel


class Release(AuditedModel):
    """Handbook 'accuracy_verification': with_each_product_update."""

    name = models.CharField(_("release"), max_length=100, unique=True)
    notes = models.TextField(_("what changed"), blank=True)
    released_at = models.DateTimeField(_("released"))

    class Meta:
        ordering = ["-released_at", "-id"]

    def __str__(self) -> str:
        return self.name
