"""Revision: one wording of a translation, and who wrote, reviewed and approved exactly that."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.user import SystemActor
from knowledge.models.translation import Translation


class RevisionState(models.TextChoices):
    """Handbook 'Knowledge Base Management': author_reviewer_approver."""

    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    IN_APPROVAL = "in_approval", _("waiting for approval")
    APPROVED = "approved", _("approved, waits for the train")
    PUBLISHED = "published", _("published")
    SUPERSEDED = "superseded", _("superseded")
    DISCARDED = "discarded", _("discarded")


class Significance(models.IntegerChoices):
    """How much a change means: a typo troubles no translator, a major one warns the reader of a translation."""

    TYPO = 10, _("typo")
    MEDIUM = 20, _("medium")
    MAJOR = 30, _("major")


class Revision(AuditedModel):
    """``digest`` is PostgreSQL's own hash of the words; a review and an approval hold for the digest they name.

    Constraints and triggers (migrations 0002_signatures, 0010_signatures_stay) see to it that author, reviewer and
    approver are three people, that each signs in their own name and nobody over another, that words change in a draft
    only, and that nothing is published unsigned, whoever asks. ``urgent_because`` is the reason of a critical article's
    publication ahead of its approval. What the house ships was written by the guide loader, which cannot log in.
    ``based_on`` is the source's revision that a translation was made from.
    """

    translation = models.ForeignKey(Translation, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=20, choices=RevisionState.choices, default=RevisionState.DRAFT)
    title = models.CharField(_("title"), max_length=200)
    summary = models.CharField(_("summary"), max_length=300)
    keywords = models.TextField(_("keywords"), blank=True, help_text=_("What readers type, with commas between."))
    body = models.TextField(_("text"), help_text=_("Markdown."))
    digest = models.GeneratedField(
        expression=Func("title", "summary", "keywords", "body", function="knowledge_digest"),
        output_field=models.CharField(max_length=64),
        db_persist=True,
    )
    significance = models.PositiveSmallIntegerField(
        _("significance"), choices=Significance.choices, default=Significance.MEDIUM
    )
    comment = models.CharField(_("what changed"), max_length=500, blank=True)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    author = models.ForeignKey("desk.User", models.PROTECT, related_name="+", verbose_name=_("author"))
    created_at = models.DateTimeField(_("begun"))
    returned_because = models.TextField(_("why it came back"), blank=True)
    reviewer = models.ForeignKey("desk.User", models.PROTECT, null=True, related_name="+", verbose_name=_("reviewer"))
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    reviewed_digest = models.CharField(max_length=64, blank=True)
    approver = models.ForeignKey("desk.User", models.PROTECT, null=True, related_name="+", verbose_name=_("approver"))
    approved_at = models.DateTimeField(_("approved"), null=True)
    approved_digest = models.CharField(max_length=64, blank=True)
    urgent_because = models.TextField(_("why published at once"), blank=True)
    guidelines = models.JSONField(_("author guidelines met"), default=list, blank=True)
    readability = models.JSONField(_("readability"), null=True)
    readability_override = models.TextField(_("why harder to read"), blank=True)
    published_at = models.DateTimeField(_("published"), null=True)

    class Meta:
        ordering = ["translation", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["translation", "number"], name="revisions_count_up"),
            models.UniqueConstraint(
                fields=["translation"],
                condition=Q(state__in=("draft", "in_review", "in_approval", "approved")),
                name="one_revision_at_work",
            ),
            models.CheckConstraint(
                condition=(Q(reviewer=None) | ~Q(reviewer=F("author")))
                & (Q(approver=None) | ~Q(approver=F("author")))
                & (Q(reviewer=None) | Q(approver=None) | ~Q(reviewer=F("approver"))),
                name="author_reviewer_approver_are_three",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "published"))
                | Q(author=SystemActor.GUIDE)
                | Q(reviewed_digest=F("digest"), approved_digest=F("digest"))
                | (Q(state="published", reviewed_digest=F("digest")) & ~Q(urgent_because="")),
                name="what_is_published_is_signed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["state", "id"],
                name="revision_at_work",
                condition=Q(state__in=("draft", "in_review", "in_approval", "approved")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.translation.language}, {self.number})"

    @property
    def is_reviewed(self) -> bool:
        return bool(self.reviewed_digest) and self.reviewed_digest == self.digest

    @property
    def is_approved(self) -> bool:
        return bool(self.approved_digest) and self.approved_digest == self.digest
