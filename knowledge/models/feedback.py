"""Feedback: what readers say of an article; Vote: what they think of one wording of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, AuditedModel
from financy_support.desk.time.deadline import Deadline
from knowledge.models.revision import Revision
from knowledge.models.translation import Translation


class Vote(AuditedModel):
    """One reader's opinion of one revision: helpful or not, one to five stars, or both; it may be changed.

    ``reader`` tells the same browser on the same revision, and nothing else (``knowledge/visitors.py``).
    Source: handbook 'feedback_collection': five_star_system, helpful_not_helpful.
    """

    history_excludes: ClassVar[tuple[str, ...]] = ("reader",)

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="votes", verbose_name=_("revision"))
    reader = models.CharField(max_length=32)
    is_helpful = models.BooleanField(_("helpful"), null=True)
    stars = models.PositiveSmallIntegerField(_("stars"), null=True)
    given_at = models.DateTimeField(_("given"))

    class Meta:
        ordering = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "reader"], name="one_vote_a_reader"),
            models.CheckConstraint(condition=Q(stars=None) | Q(stars__range=(1, 5)), name="one_to_five_stars"),
            models.CheckConstraint(condition=Q(stars__isnull=False) | Q(is_helpful__isnull=False), name="a_vote_says"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id}: {self.is_helpful} {self.stars}"


class FeedbackKind(models.TextChoices):
    """Handbook 'feedback_collection': moderated_comments, structured_feedback_form."""

    COMMENT = "comment", _("comment")
    WRONG = "wrong", _("something is wrong")
    OUTDATED = "outdated", _("out of date")
    UNCLEAR = "unclear", _("unclear")
    MISSING_STEP = "missing_step", _("a step is missing")
    TRANSLATION = "translation", _("badly translated")


class FeedbackState(models.TextChoices):
    """Handbook 'action_tracking': feedback_to_improvement_pipeline."""

    WAITING = "waiting", _("waits for an answer")
    SHOWN = "shown", _("shown under the article")
    PLANNED = "planned", _("the article will change")
    LANDED = "landed", _("readers see the change")
    DECLINED = "declined", _("declined")
    MERGED = "merged", _("merged")


class Feedback(AuditedModel):
    """A comment, or a suggestion of one of five kinds. ``revision`` is the wording that it is about.

    ``customer`` is who wrote it, none for a reader without an address; ``caused`` the revision that came of it;
    ``merged_into`` the feedback that says the same. ``visitor`` goes after a day, as with questions.
    """

    about_customers: ClassVar[str] = "customer_id IN ({customers})"
    personal: ClassVar[Mapping[str, str]] = {
        "name": f"CASE name WHEN '' THEN '' ELSE {ERASED} END",
        "words": ERASED,
        "answer": f"CASE answer WHEN '' THEN '' ELSE {ERASED} END",
    }
    history_excludes: ClassVar[tuple[str, ...]] = ("visitor",)

    translation = models.ForeignKey(Translation, models.PROTECT, related_name="feedback", verbose_name=_("article"))
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+", verbose_name=_("revision"))
    kind = models.CharField(_("kind"), max_length=20, choices=FeedbackKind.choices)
    words = models.TextField(_("what they say"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    customer = models.ForeignKey(
        "desk.Customer", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    visitor = models.CharField(max_length=32, blank=True)
    state = models.CharField(_("state"), max_length=20, choices=FeedbackState.choices, default=FeedbackState.WAITING)
    received_at = models.DateTimeField(_("received"))
    answer = models.TextField(_("our answer"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = models.ForeignKey(
        "desk.User", models.PROTECT, null=True, related_name="+", verbose_name=_("answered by")
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="duplicates", verbose_name=_("merged into")
    )
    caused = models.ForeignKey(
        Revision, models.PROTECT, null=True, related_name="caused_by", verbose_name=_("the change")
    )
    landed_at = models.DateTimeField(_("landed"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("feedback")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False) | ~Q(state="merged") & Q(merged_into=None),
                name="merged_feedback_names_the_other",
            ),
            models.CheckConstraint(
                condition=~Q(state="landed") | Q(caused__isnull=False, landed_at__isnull=False),
                name="what_landed_names_its_revision",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["visitor", "received_at"], name="feedback_of", condition=~Q(visitor="")),
            models.Index(fields=["state", "-id"], name="feedback_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.words[:60]}"


class FeedbackDeadline(Deadline):
    """Handbook 'feedback_processing': response_time 48_hours."""

    ANSWER: ClassVar[str] = "answer_reader"
    subject_field: ClassVar[str] = "feedback"
    subject_related: ClassVar[tuple[str, ...]] = ("translation__article__category", "translation__article__owner")

    feedback = models.ForeignKey(Feedback, models.PROTECT, related_name="deadlines")

    class Meta:
        ordering = ["due_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at", "id"],
                name="feedbackdeadline_to_look_at",
                condition=Q(next_look_at__isnull=False),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["feedback", "kind"],
                condition=Q(met_at__isnull=True, cancelled_at__isnull=True),
                name="one_open_answer_owed",
            )
        ]
