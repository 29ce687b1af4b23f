"""What a chat adds to a ticket: who is there, what was read, when unread words go by mail, who came without a name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, OF_TICKET, AuditedModel
from financy_support.desk.time.deadline import Deadline
from tickets.models.reply import Voice

CHAT = "in_app_chat"


class ChatRule(AuditedModel):
    """How the desk chats. One row."""

    is_guide: ClassVar[bool] = True

    mail_unread_after = models.DurationField(
        _("unread words go by mail after"), help_text=_("Counted from the first unread line, once the customer left.")
    )
    session_lasts = models.DurationField(_("a chat's log-in lasts"))
    available_for = models.DurationField(
        _("an agent stays available for"), help_text=_("Then they have to say so again.")
    )

    def __str__(self) -> str:
        return f"unread words go by mail after {self.mail_unread_after}"


class ChatVisitor(AuditedModel):
    """Somebody who chats without a log-in: their own account, and the customer whose address they gave, unproven.

    What they see is what they opened themselves; the customer's other tickets stay the customer's.
    """

    about_customers: ClassVar[str] = "customer_id IN ({customers})"
    personal: ClassVar[Mapping[str, str]] = {"name": ERASED}

    person = models.OneToOneField("desk.User", models.PROTECT, related_name="chat_visitor")
    customer = models.ForeignKey("desk.Customer", models.PROTECT, related_name="chat_visitors")
    name = models.CharField(_("name given"), max_length=200)
    created_at = models.DateTimeField(_("came"))

    def __str__(self) -> str:
        return f"{self.name}, not verified"


class ChatPresence(models.Model):
    """Until when somebody counts as looking at a ticket's conversation: a lease, renewed while their stream is open."""

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {}

    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="presences", db_index=False)
    person = models.ForeignKey("desk.User", models.PROTECT, related_name="+", db_index=False)
    voice = models.CharField(_("side"), max_length=10, choices=Voice.choices)
    here_until = models.DateTimeField(_("here until"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="one_presence_a_person")]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.ticket_id} until {self.here_until:%H:%M:%S}"


class ReadMark(AuditedModel):
    """Up to which words one side has read a ticket's conversation; it only moves forward."""

    about_customers: ClassVar[str] = OF_TICKET

    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="read_marks", db_index=False)
    voice = models.CharField(_("side"), max_length=10, choices=Voice.choices)
    up_to = models.BigIntegerField(_("read up to"), help_text=_("The id of a reply."))
    at = models.DateTimeField(_("read at"))
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "voice"], name="one_read_mark_a_side")]

    def __str__(self) -> str:
        return f"{self.voice} read up to {self.up_to}"


class ChatDeadline(Deadline):
    """That an agent's words in a chat are read in time; when they are not, they go by mail."""

    UNREAD: ClassVar[str] = "unread"

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {"last_error": "CASE last_error WHEN '' THEN '' ELSE '[erased]' END"}
    subject_field: ClassVar[str] = "ticket"
    subject_related: ClassVar[tuple[str, ...]] = ("customer", "category")

    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="chat_deadlines")
    first_line = models.BigIntegerField(_("first unread line"))
    is_second = models.BooleanField(_("the page stayed open the first time"), default=False)
    mailed_up_to = models.BigIntegerField(_("went by mail up to"), null=True)

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(
                fields=["next_look_at", "id"],
                include=["ticket"],
                name="chatdeadline_to_look_at",
                condition=models.Q(next_look_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind"],
                condition=models.Q(met_at__isnull=True, cancelled_at__isnull=True),
                name="one_open_chat_deadline_a_kind",
            )
        ]


class ChatAgent(AuditedModel):
    """An agent who said that they take chats, and until when that holds."""

    person = models.OneToOneField("desk.User", models.PROTECT, related_name="chat_agent")
    available_until = models.DateTimeField(_("available until"), null=True)

    def __str__(self) -> str:
        return f"{self.person} takes chats until {self.available_until}"

    def is_available(self, at: datetime) -> bool:
        return self.available_until is not None and at < self.available_until
