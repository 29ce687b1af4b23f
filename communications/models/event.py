"""DeliveryEvent: what a provider told later about a delivery; Acknowledgement: somebody said that they have it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from communications.models.delivery import OF_MESSAGE, Delivery
from financy_support.desk.audit.audited_model import AppendOnlyModel

OF_DELIVERY = f"delivery_id IN (SELECT id FROM communications_delivery WHERE message_id IN ({OF_MESSAGE}))"


class DeliveryEvent(AppendOnlyModel):
    """One piece of news, kept once. ``sequence`` is the provider's own: news may overtake each other on the way."""

    about_customers: ClassVar[str] = OF_DELIVERY

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="events")
    provider_id = models.CharField(_("the provider's id"), max_length=64)
    sequence = models.PositiveIntegerField(_("sequence"))
    status = models.CharField(_("status"), max_length=30)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    heard_at = models.DateTimeField(_("heard"))

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["provider_id"], name="event_provider_id")]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "provider_id", "sequence", "status"], name="news_is_kept_once")
        ]

    def __str__(self) -> str:
        return self.status


class Acknowledgement(AppendOnlyModel):
    """Who took a message on, and how: the pressed key, the answered text. That a call was picked up is none."""

    about_customers: ClassVar[str] = OF_DELIVERY

    delivery = models.OneToOneField(Delivery, models.PROTECT, related_name="acknowledgement")
    how = models.CharField(_("how"), max_length=40)
    at = models.DateTimeField(_("acknowledged"))
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.by}, {self.at:%Y-%m-%d %H:%M:%S}"
