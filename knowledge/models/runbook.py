"""Runbook: how an issue of one type is resolved, step by step; and who wrote, reviewed and approved each wording."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.user import SystemActor
from knowledge.models.category import Category
from knowledge.models.revision import RevisionState


class Runbook(AuditedModel):
    """Handbook 'Customer Issue Resolution': SUPPORT_PROCEDURES, one for an issue type.

    ``issue_type`` is the code of one of the tickets' issue types, which are rows of an app above this one. The experts
    of ``category`` approve it. A retired one leaves its issue type to another.
    """

    code = models.SlugField(_("code"), max_length=80, unique=True)
    issue_type = models.SlugField(_("issue type"), max_length=60, db_index=False)
    category = models.ForeignKey(Category, models.PROTECT, related_name="runbooks", verbose_name=_("category"))
    retired_at = models.DateTimeField(_("retired"), null=True)
    retired_because = models.CharField(_("why retired"), max_length=500, blank=True)

    class Meta:
        ordering = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["issue_type"], condition=Q(retired_at__isnull=True), name="one_runbook_an_issue_type"
            )
        ]

    def __str__(self) -> str:
        return self.code


class RunbookRevision(AuditedModel):
    """One wording of a runbook; the one that is published is in force. ``runbook_steps.py`` says what its JSON holds.

    ``digest`` is PostgreSQL's own hash of all that is signed; constraints and triggers (migration 0012_runbooks) see to
    signatures as they do for a Revision: three people, each in their own name, for exactly this, superusers included.
    ``template`` is the purpose of the message that tells the customer of the resolution; empty: the usual one.
    """

    runbook = models.ForeignKey(Runbook, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=20, choices=RevisionState.choices, default=RevisionState.DRAFT)
    title = models.CharField(_("title"), max_length=200)
    steps = models.JSONField(_("steps"), default=list, blank=True)
    criteria = models.JSONField(_("when it escalates"), default=dict, blank=True)
    documentation = models.JSONField(_("what must be written down"), default=list, blank=True)
    template = models.SlugField(_("message of the resolution"), max_length=50, blank=True, db_index=False)
    digest = models.GeneratedField(
        expression=Func("title", "steps", "criteria", "documentation", "template", function="knowledge_runbook_digest"),
        output_field=models.CharField(max_length=64),
        db_persist=True,
    )
    comment = models.CharField(_("what changed"), max_length=500, blank=True)
    author = models.ForeignKey("desk.User", models.PROTECT, related_name="+", verbose_name=_("author"))
    created_at = models.DateTimeField(_("begun"))
    returned_because = models.TextField(_("why it came back"), blank=True)
    reviewer = models.ForeignKey("desk.User", models.PROTECT, null=True, related_name="+", verbose_name=_("reviewer"))
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    reviewed_digest = models.CharField(max_length=64, blank=True)
    approver = models.ForeignKey("desk.User", models.PROTECT, null=True, related_name="+", verbose_name=_("approver"))
    approved_at = models.DateTimeField(_("approved"), null=True)
    approved_digest = models.CharField(max_length=64, blank=True)
    guidelines = models.JSONField(_("author guidelines met"), default=list, blank=True)
    published_at = models.DateTimeField(_("in force since"), null=True)

    class Meta:
        ordering = ["runbook", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["runbook", "number"], name="runbook_revisions_count_up"),
            models.UniqueConstraint(
                fields=["runbook"],
                condition=Q(state__in=("draft", "in_review", "in_approval", "approved")),
                name="one_runbook_revision_at_work",
            ),
            models.UniqueConstraint(
                fields=["runbook"], condition=Q(state="published"), name="one_runbook_revision_in_force"
            ),
            models.CheckConstraint(
                condition=(Q(reviewer=None) | ~Q(reviewer=F("author")))
                & (Q(approver=None) | ~Q(approver=F("author")))
                & (Q(reviewer=None) | Q(approver=None) | ~Q(reviewer=F("approver"))),
                name="runbook_is_signed_by_three",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "published"))
                | Q(author=SystemActor.GUIDE)
                | Q(reviewed_digest=F("digest"), approved_digest=F("digest")),
                name="what_is_in_force_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"

    @property
    def is_reviewed(self) -> bool:
        return bool(self.reviewed_digest) and self.reviewed_digest == self.digest

    @property
    def is_approved(self) -> bool:
        return bool(self.approved_digest) and self.approved_digest == self.digest
