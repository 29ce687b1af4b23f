"""The queue of what readers say: what waits for an answer stands first, with the time that is left for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Case, F, Prefetch, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from financy_support.admin_base import ChoicesDropdownFilter, DeskAdmin, Who
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import Invalid
from knowledge.admin.article import page_of
from knowledge.admin.verb_page import Do, PageOfVerbs
from knowledge.models import Feedback, FeedbackDeadline, FeedbackKind, FeedbackState, Revision, RevisionState, Vote
from knowledge.workflow.answer_feedback import answer_feedback, link_feedback, merge_feedback
from knowledge.workflow.begin_revision import AT_WORK, begin_revision

TONES = {
    FeedbackState.WAITING: "at_risk",
    FeedbackState.PLANNED: "running",
    FeedbackState.LANDED: "met",
    FeedbackState.SHOWN: "met",
}
TURN = Case(
    When(state=FeedbackState.WAITING, then=Value(0)), When(state=FeedbackState.PLANNED, then=Value(1)), default=Value(2)
)
WAITS = Case(When(state=FeedbackState.WAITING, then=F("id")))


def _answer(row: Feedback, said: Mapping[str, Any], act: Act) -> None:
    answer_feedback(row, outcome=said.get("outcome", ""), answer=said.get("answer", ""), by=act.by, at=act.at)


def _merge(row: Feedback, said: Mapping[str, Any], act: Act) -> None:
    other = Feedback.objects.filter(pk=_number(said, "into")).first()
    if other is None:
        raise Invalid("No feedback has this number.", field="into")
    merge_feedback(row, into=other, by=act.by, at=act.at)


def _link(row: Feedback, said: Mapping[str, Any], act: Act) -> None:
    revision = Revision.objects.select_related("translation").filter(pk=_number(said, "revision")).first()
    if revision is None:
        raise Invalid("Choose the revision that holds the change.", field="revision")
    link_feedback(row, revision=revision, by=act.by, at=act.at)


def _change(row: Feedback, said: Mapping[str, Any], act: Act) -> str:
    """Begin the change, in the language of the feedback, and remember what asked for it."""
    article, language = row.translation.article, row.translation.language
    draft = begin_revision(article, language=language, by=act.by, at=act.at)
    link_feedback(row, revision=draft, by=act.by, at=act.at)
    return page_of(draft)


def _number(said: Mapping[str, Any], name: str) -> int:
    typed = str(said.get(name, ""))
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0


@admin.register(Feedback)
class FeedbackAdmin(PageOfVerbs):
    """What waits first, the oldest of it on top; then what is planned, then the rest, newest first."""

    list_display = ("what", "kind", "article", "language", "how", "due", "received_at")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("translation__language", ChoicesDropdownFilter),
    )
    search_fields = ("words", "translation__article__code")
    ordering = (TURN, WAITS.asc(nulls_last=True), "-id")
    template = "admin/knowledge/feedback.html"
    verbs: ClassVar[Mapping[str, Do]] = {"answer": _answer, "merge": _merge, "link": _link, "change": _change}

    def get_queryset(self, request: HttpRequest) -> Any:
        owed = Prefetch("deadlines", FeedbackDeadline.objects.filter(met_at=None, cancelled_at=None), to_attr="owed")
        rows = super().get_queryset(request).select_related("translation__article", "revision", "customer", "caused")
        return rows.prefetch_related(owed)

    @admin.display(description=gettext_lazy("What they say"))
    def what(self, feedback: Feedback) -> str:
        return feedback.words[:80]

    @admin.display(description=gettext_lazy("Article"))
    def article(self, feedback: Feedback) -> str:
        return feedback.translation.article.code

    @admin.display(description=gettext_lazy("Language"))
    def language(self, feedback: Feedback) -> str:
        return feedback.translation.language

    @admin.display(description=gettext_lazy("State"))
    def how(self, feedback: Feedback) -> str:
        tone = TONES.get(FeedbackState(feedback.state), "grey")
        return format_html('<span class="desk-mark desk-{}">{}</span>', tone, feedback.get_state_display())

    @admin.display(description=gettext_lazy("Answer by"))
    def due(self, feedback: Any) -> str:
        for deadline in feedback.owed:
            when = timezone.localtime(deadline.due_at)
            return format_html(
                '<span class="desk-mark desk-{}">{}</span>', deadline.state(timezone.now()), f"{when:%Y-%m-%d %H:%M}"
            )
        return "—"

    def facts(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        state = FeedbackState(row.state)
        of_article = Feedback.objects.filter(translation__article=row.translation.article_id).exclude(pk=row.pk)
        revisions = Revision.objects.filter(translation__article=row.translation.article_id)
        linkable = revisions.filter(state__in=[*AT_WORK, RevisionState.PUBLISHED]).select_related("translation")
        is_open = state in (FeedbackState.WAITING, FeedbackState.PLANNED)
        return {
            "feedback": row,
            "article": row.translation.article,
            "tone": TONES.get(state, "grey"),
            "owed": [(one, one.state(timezone.now())) for one in row.owed],
            "others": of_article.exclude(state=FeedbackState.MERGED).order_by("-id")[:50] if is_open else [],
            "duplicates": row.duplicates.order_by("id"),
            "linkable": linkable.order_by("-id")[:20],
            "is_comment": row.kind == FeedbackKind.COMMENT,
            "may_answer": state in (FeedbackState.WAITING, FeedbackState.SHOWN, FeedbackState.DECLINED),
            "may_link": is_open or state == FeedbackState.SHOWN,
            "may_merge": is_open,
            "is_at_work": revisions.filter(translation=row.translation_id, state__in=AT_WORK).exists(),
        }


@admin.register(Vote)
class VoteAdmin(DeskAdmin):
    """What readers think of each wording; nobody can tell who they are."""

    seen_by = Who.STAFF
    list_display = ("revision", "is_helpful", "stars", "given_at")
    list_filter = ("is_helpful", "stars")
    list_select_related = ("revision__translation",)
    fields = ("revision", "is_helpful", "stars", "given_at")
    sortable_by = ()
