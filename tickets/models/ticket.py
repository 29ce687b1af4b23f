"""Ticket: what a customer asks of us, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, AuditedModel
from financy_support.desk.people.language import Language
from financy_support.desk.people.severity import Severity
from tickets.models.policy import HoldReason
from tickets.querysets import TicketQuerySet


class Status(models.TextChoices):
    """new → open → on hold → resolved → closed; reopening starts a new cycle (design §4)."""

    NEW = "new", _("new")
    OPEN = "open", _("open")
    ON_HOLD = "on_hold", _("on hold")
    RESOLVED = "resolved", _("resolved")
    CLOSED = "closed", _("closed")


LIVE = (Status.NEW, Status.OPEN, Status.ON_HOLD)


class Ticket(AuditedModel):
    """A customer's question. The words stand in its replies, the promises in its deadlines.

    ``next_due_*`` and ``last_word_*`` are kept by the same verbs that change deadlines and replies, so that a queue
    sorts by one index. ``version`` grows with every change (ETag).
    """

    about_customers: ClassVar[str] = "customer_id IN ({customers})"
    personal: ClassVar[Mapping[str, str]] = {"subject": ERASED}

    subject = models.CharField(_("subject"), max_length=250)
    customer = models.ForeignKey(
        "desk.Customer", models.PROTECT, related_name="tickets", verbose_name=_("customer"), db_index=False
    )
    severity = models.CharField(_("severity"), max_length=10, choices=Severity.choices)
    category = models.ForeignKey(
        "tickets.Category", models.PROTECT, related_name="tickets", verbose_name=_("category"), db_index=False
    )
    issue_type = models.ForeignKey(
        "tickets.IssueType", models.PROTECT, related_name="tickets", verbose_name=_("issue type"), db_index=False
    )
    is_security = models.BooleanField(_("security"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.NEW)
    hold_reason = models.CharField(_("waiting on"), max_length=10, choices=HoldReason.choices, blank=True)
    tier = models.ForeignKey(
        "desk.SupportTier", models.PROTECT, related_name="tickets", verbose_name=_("tier"), db_index=False
    )
    team = models.ForeignKey(
        "desk.Team", models.PROTECT, related_name="tickets", verbose_name=_("team"), db_index=False
    )
    assignee = models.ForeignKey(
        "desk.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned_tickets",
        verbose_name=_("assignee"),
        db_index=False,
    )
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    channel = models.CharField(_("channel"), max_length=50, help_text=_("The channel it came in by."))
    cycle = models.PositiveSmallIntegerField(_("resolution cycle"), default=1)
    created_at = models.DateTimeField(_("asked"))
    opened_by = models.ForeignKey(
        "desk.User", models.PROTECT, related_name="+", verbose_name=_("opened by"), db_index=False
    )
    entered_tier_at = models.DateTimeField(_("in this tier since"))
    first_responded_at = models.DateTimeField(_("first response"), null=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    next_due_at = models.DateTimeField(_("next due"), null=True)
    next_warn_at = models.DateTimeField(_("at risk from"), null=True)
    next_due_kind = models.CharField(_("due"), max_length=40, blank=True)
    last_word_by = models.CharField(_("last word by"), max_length=10, blank=True)
    last_word_at = models.DateTimeField(_("last word"), null=True)
    source = models.CharField(_("imported from"), max_length=120, null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[models.Manager[Ticket]] = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["next_due_at", "id"], name="ticket_queue", condition=models.Q(status__in=LIVE)),
            models.Index(
                fields=["team", "next_due_at", "id"], name="ticket_team_queue", condition=models.Q(status__in=LIVE)
            ),
            models.Index(
                fields=["assignee", "next_due_at", "id"], name="ticket_my_queue", condition=models.Q(status__in=LIVE)
            ),
            models.Index(fields=["customer", "-id"], name="ticket_customer"),
            models.Index(fields=["status", "-id"], name="ticket_status"),
            models.Index(
                fields=["hold_reason", "next_due_at", "id"],
                name="ticket_on_hold",
                condition=models.Q(status=Status.ON_HOLD),
            ),
            models.Index(fields=["severity", "-id"], name="ticket_severity"),
            models.Index(fields=["team", "-id"], name="ticket_team"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status=Status.ON_HOLD, hold_reason__in=HoldReason.values)
                | (~models.Q(status=Status.ON_HOLD) & models.Q(hold_reason="")),
                name="on_hold_names_its_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.subject}"

    @property
    def first_words(self) -> str:
        """What it was opened with."""
        first = self.replies.order_by("id").values_list("body", flat=True).first()
        return first or ""

    @property
    def reference(self) -> str:
        """What people call it: FIN-000123."""
        return reference_of(self.pk)

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


def reference_of(pk: int) -> str:
    """FIN-000123 for 123 (design §9 'references')."""
    return f"FIN-{pk:06d}"


def pk_of(reference: str) -> int | None:
    """123 for FIN-000123 or fin-123; None when it is no reference."""
    prefix, _, number = reference.strip().upper().partition("-")
    return int(number) if prefix == "FIN" and number.isascii() and number.isdigit() and len(number) < 16 else None
