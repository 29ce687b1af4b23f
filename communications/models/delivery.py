"""Delivery: one message on its way by one channel; DeliveryAttempt: each try, append-only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from communications.models.message import Message
from financy_support.desk.audit.audited_model import ERASED, AppendOnlyModel

OF_MESSAGE = "SELECT id FROM communications_message WHERE customer_id IN ({customers})"


class DeliveryState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("being sent")
    DELIVERED = "delivered", _("delivered")
    DEAD = "dead", _("given up")


class Outcome(models.TextChoices):
    """What one try came to; ``communications/outbox.py`` has a rule for each."""

    DELIVERED = "delivered", _("delivered")
    TEMPORARY = "temporary", _("refused for now")
    PERMANENT = "permanent", _("refused for good")
    UNKNOWN = "unknown", _("in doubt")
    REDRIVEN = "redriven", _("queued again by hand")


class Delivery(models.Model):
    """The small hot row that workers claim. Its history is its append-only attempts."""

    about_customers: ClassVar[str] = f"message_id IN ({OF_MESSAGE})"
    personal: ClassVar[Mapping[str, str]] = {
        "address": ERASED,
        "last_error": "''",
        "state": "CASE state WHEN 'delivered' THEN state ELSE 'dead' END",
        "settled_at": "coalesce(settled_at, now())",
    }

    message = models.ForeignKey(Message, models.PROTECT, related_name="deliveries")
    kind = models.CharField(_("channel"), max_length=20)
    address = models.CharField(_("address"), max_length=320)
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    due_at = models.DateTimeField(_("next try"))
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    last_error = models.TextField(_("last answer"), blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at", "id"], name="delivery_queued", condition=models.Q(state="queued")),
            models.Index(fields=["claimed_at"], name="delivery_sending", condition=models.Q(state="sending")),
            models.Index(fields=["settled_at"], name="delivery_dead", condition=models.Q(state="dead")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.address}: {self.state}"


class DeliveryAttempt(AppendOnlyModel):
    """One try: when, what came of it, and the provider's own words."""

    about_customers: ClassVar[str] = (
        f"delivery_id IN (SELECT id FROM communications_delivery WHERE message_id IN ({OF_MESSAGE}))"
    )
    personal: ClassVar[Mapping[str, str]] = {"answer": ERASED}

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="attempt_log")
    number = models.PositiveSmallIntegerField(_("try"))
    started_at = models.DateTimeField(_("started"))
    took = models.DurationField(_("took"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"try {self.number}: {self.outcome}"
