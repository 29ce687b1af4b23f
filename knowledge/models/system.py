"""KnowledgeSystem: where else knowledge lies, shown to staff."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel


class KnowledgeSystem(AuditedModel):
    """Handbook 'knowledge_management': which product serves which purpose, and where it is."""

    is_guide: ClassVar[bool] = True

    purpose = models.SlugField(_("purpose"), unique=True)
    name = models.CharField(_("name"), max_length=50)
    address = models.CharField(_("address"), max_length=200, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name}: {self.purpose}"
