"""Delivery: one message on its way by one channel; DeliveryAttempt: each try, append-only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Func
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from communications.models.account import Destination
from communications.models.message import ABOUT_THEM, Message
from communications.models.webhook import WebhookEndpoint
from financy_support.desk.audit.audited_model import ERASED, AppendOnlyModel

OF_MESSAGE = f"SELECT id FROM communications_message WHERE {ABOUT_THEM}"


def domain_of(address: str) -> Func:
    """The domain of a column that holds an address, in lower case."""
    return Lower(
        Func(
            models.F(address),
            models.Value("@"),
            models.Value(-1),
            function="split_part",
            output_field=models.CharField(),
        )
    )


class DeliveryState(models.TextChoices):
    QUEUED = "queued", _("queued")
    HELD = "held", _("held at a closed gate")
    SENDING = "sending", _("being sent")
    DELIVERED = "delivered", _("delivered")
    PARKED = "parked", _("parked")
    DEAD = "dead", _("given up")


class Priority(models.IntegerChoices):
    """Which of the deliveries that are due goes first."""

    URGENT = 0, _("urgent")
    USUAL = 1, _("usual")
    WHEN_THERE_IS_TIME = 2, _("when there is time")


class Outcome(models.TextChoices):
    """What one try came to; ``communications/outbox.py`` has a rule for each."""

    DELIVERED = "delivered", _("delivered")
    TEMPORARY = "temporary", _("refused for now")
    PERMANENT = "permanent", _("refused for good")
    UNKNOWN = "unknown", _("in doubt")
    PARKED = "parked", _("parked: over budget")
    POSTPONED = "postponed", _("put off: quiet hours")
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
    destination = models.ForeignKey(Destination, models.PROTECT, null=True, related_name="deliveries", db_index=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        models.PROTECT,
        null=True,
        related_name="deliveries",
        verbose_name=_("endpoint"),
        db_index=False,
    )
    kind = models.CharField(_("channel"), max_length=20)
    address = models.CharField(_("address"), max_length=320)
    gate = models.CharField(
        _("gate"),
        max_length=60,
        default="",
        db_default="",
        help_text=_("What may be closed on its own: email, slack:7."),
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority.choices, default=Priority.USUAL, db_default=Priority.USUAL
    )
    is_budgeted = models.BooleanField(
        default=False, db_default=False, help_text=_("Counts against the budgets of automatic mail.")
    )
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    due_at = models.DateTimeField(_("next try"))
    waiting_reason = models.CharField(_("why it waits"), max_length=300, blank=True, default="", db_default="")
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    last_error = models.TextField(_("last answer"), blank=True)
    provider_id = models.CharField(_("the provider's id"), max_length=250, blank=True, default="", db_default="")
    settled_at = models.DateTimeField(_("settled"), null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["priority", "due_at", "id"], name="delivery_queue", condition=models.Q(state="queued")
            ),
            models.Index(
                fields=["gate", "priority", "due_at", "id"], name="delivery_held", condition=models.Q(state="held")
            ),
            models.Index(fields=["claimed_at"], name="delivery_sending", condition=models.Q(state="sending")),
            models.Index(fields=["settled_at"], name="delivery_dead", condition=models.Q(state="dead")),
            models.Index(
                domain_of("address"),
                "settled_at",
                name="delivery_budget",
                condition=models.Q(is_budgeted=True, state="delivered"),
            ),
            models.Index(fields=["id"], name="delivery_parked", condition=models.Q(state="parked")),
            models.Index(
                fields=["endpoint", "-id"], name="delivery_endpoint", condition=models.Q(endpoint__isnull=False)
            ),
            models.Index(fields=["provider_id"], name="delivery_provider_id", condition=~models.Q(provider_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.address}: {self.state}"

    @property
    def why_not_delivered(self) -> str:
        """What keeps it: why it waits, or what the other side answered last; empty once it is delivered."""
        if self.state == DeliveryState.DELIVERED:
            return ""
        if self.state == DeliveryState.PARKED:
            return self.waiting_reason or self.last_error
        return self.last_error or self.waiting_reason


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
    provider_id = models.CharField(_("the provider's id"), max_length=250, blank=True, default="", db_default="")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["provider_id"], name="attempt_provider_id", condition=~models.Q(provider_id="")),
        ]

    def __str__(self) -> str:
        return f"try {self.number}: {self.outcome}"
