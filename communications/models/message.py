"""Message: one thing said to one person or place, exactly as it was said; nobody can change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from communications.models.account import Destination
from communications.querysets import MessageQuerySet
from financy_support.desk.audit.audited_model import ERASED, AppendOnlyModel
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.language import Language
from financy_support.desk.people.severity import Severity
from financy_support.desk.people.user import User

# What was said to a customer, and what was said to others about a ticket of theirs.
ABOUT_THEM = (
    "customer_id IN ({customers}) OR customer_id IS NULL AND about_label = 'tickets.ticket'"
    " AND about_id IN (SELECT id FROM tickets_ticket WHERE customer_id IN ({customers}))"
)


class Message(AppendOnlyModel):
    """Handbook 'CommunicationRecord'. What it is about is a label, an id and a printed reference, never a class."""

    about_customers: ClassVar[str] = ABOUT_THEM
    personal: ClassVar[Mapping[str, str]] = {"subject": ERASED, "body": ERASED, "calendar": "''"}

    purpose = models.SlugField(_("purpose"), max_length=50, db_index=False)
    customer = models.ForeignKey("desk.Customer", models.PROTECT, null=True, related_name="messages", db_index=False)
    person = models.ForeignKey("desk.User", models.PROTECT, null=True, related_name="messages", db_index=False)
    destination = models.ForeignKey(Destination, models.PROTECT, null=True, related_name="messages", db_index=False)
    about_label = models.CharField(max_length=60)
    about_id = models.BigIntegerField()
    about_reference = models.CharField(_("about"), max_length=20)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    channel = models.CharField(_("channel"), max_length=50)
    channel_reason = models.CharField(_("why this channel"), max_length=300, blank=True, default="", db_default="")
    severity = models.CharField(_("severity"), max_length=10, choices=Severity.choices, blank=True)
    update_type = models.CharField(_("update type"), max_length=20, blank=True)
    priority = models.CharField(_("priority"), max_length=10, choices=Severity.choices, blank=True)
    expected_response_time = models.DurationField(_("expected response time"), null=True)
    escalation_level = models.CharField(_("escalation level"), max_length=40, blank=True)
    is_automatic = models.BooleanField(_("automatic"), default=True)
    subject = models.CharField(_("subject"), max_length=998)
    body = models.TextField(_("body"))
    calendar = models.TextField(
        _("calendar entry"), blank=True, default="", db_default="", help_text=_("iCalendar, sent with a mail.")
    )
    message_id = models.CharField(_("Message-ID"), max_length=250, unique=True)
    created_at = models.DateTimeField(_("written"))
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="+", db_index=False)

    objects: ClassVar[models.Manager[Message]] = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["about_label", "about_id", "id"], name="message_about"),
            models.Index(fields=["customer", "-id"], name="message_customer"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(customer__isnull=False, person__isnull=True, destination__isnull=True)
                | models.Q(customer__isnull=True, person__isnull=False, destination__isnull=True)
                | models.Q(customer__isnull=True, person__isnull=True, destination__isnull=False),
                name="message_has_exactly_one_recipient",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} about {self.about_reference}"

    @property
    def recipient(self) -> Customer | User | Destination:
        """To whom or where it was said; exactly one."""
        found = self.customer or self.person or self.destination
        assert found is not None
        return found
