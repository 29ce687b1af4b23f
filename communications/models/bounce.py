"""BouncedAddress: an address that a mail server has refused; a person clears the flag once it works again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, AuditedModel


class BouncedAddress(AuditedModel):
    """The latest refusal of one address: when, with which status (RFC 3463), in which words."""

    about_customers: ClassVar[str] = (
        "lower(address) IN (SELECT lower(email) FROM desk_customer WHERE id IN ({customers}))"
    )
    personal: ClassVar[Mapping[str, str]] = {"address": "'erased-' || id || '@erased.invalid'", "said": ERASED}

    address = models.CharField(_("address"), max_length=320)
    is_permanent = models.BooleanField(_("for good"), default=True)
    status = models.CharField(_("status"), max_length=12, blank=True)
    said = models.TextField(_("what was said"), blank=True)
    times = models.PositiveIntegerField(_("times"), default=1)
    bounced_at = models.DateTimeField(_("bounced"))
    cleared_at = models.DateTimeField(_("cleared"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("bounced addresses")
        constraints = [models.UniqueConstraint(Upper("address"), name="one_flag_an_address")]

    def __str__(self) -> str:
        return self.address
