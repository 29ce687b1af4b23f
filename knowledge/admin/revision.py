"""The review queue, and a revision with the words, what changed, how they read and who signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from financy_support.admin_base import ChoicesDropdownFilter, RelatedDropdownFilter, person
from financy_support.desk.audit.acting import Act
from knowledge.admin.changes import changed_lines
from knowledge.admin.verb_page import Do, PageOfVerbs
from knowledge.impact import impact_of
from knowledge.markdown import Shown, html_of
from knowledge.models import Article, CheckKind, Revision, RevisionState, Significance
from knowledge.publishing_gates import what_is_missing
from knowledge.readability.score import score_text
from knowledge.revision_gates import is_expert
from knowledge.workflow.approve_revision import approve_revision
from knowledge.workflow.discard_draft import discard_draft
from knowledge.workflow.edit_draft import edit_draft
from knowledge.workflow.publish_at_once import publish_at_once
from knowledge.workflow.record_check import record_check
from knowledge.workflow.review_revision import GUIDELINES, review_revision
from knowledge.workflow.submit_revision import submit_revision

TONES = {"draft": "paused", "in_review": "at_risk", "in_approval": "at_risk", "approved": "fine", "published": "met"}
WORDS = ("title", "summary", "keywords", "body", "comment")


def _edit(row: Revision, said: Mapping[str, Any], act: Act) -> None:
    values: Any = {name: said[name] for name in WORDS if name in said}
    if str(said.get("significance", ""))[:3].isdecimal():
        values["significance"] = int(said["significance"][:3])
    edit_draft(row, by=act.by, at=act.at, **values)


def _submit(row: Revision, said: Mapping[str, Any], act: Act) -> None:
    submit_revision(row, readability_override=said.get("readability_override", ""), by=act.by, at=act.at)


def read_digest(said: Mapping[str, Any]) -> str:
    """Which words the page showed. A form without it comes from no page of ours, and has read nothing."""
    return str(said.get("digest") or "none")


def _review(row: Revision, said: Any, act: Act) -> None:
    because, met = said.get("return_because", ""), said.getlist("guidelines")
    review_revision(row, guidelines=met, return_because=because, digest=read_digest(said), by=act.by, at=act.at)


def _approve(row: Revision, said: Mapping[str, Any], act: Act) -> None:
    because = said.get("return_because", "")
    approve_revision(row, return_because=because, digest=read_digest(said), by=act.by, at=act.at)


def _check(row: Revision, said: Mapping[str, Any], act: Act) -> None:
    passed, kind, notes = said.get("passed") == "yes", said.get("kind", ""), said.get("notes", "")
    record_check(row, kind=kind, passed=passed, notes=notes, digest=read_digest(said), by=act.by, at=act.at)


def _at_once(row: Revision, said: Mapping[str, Any], act: Act) -> None:
    publish_at_once(row, because=said.get("because", ""), digest=read_digest(said), by=act.by, at=act.at)


def _discard(row: Revision, said: Mapping[str, Any], act: Act) -> None:
    discard_draft(row, by=act.by, at=act.at)


@admin.register(Revision)
class RevisionAdmin(PageOfVerbs):
    """What is at work stands first; nothing here is changed but by its verbs."""

    list_display = ("title", "language", "how", "category", "author", "reviewer", "approver", "created_at")
    list_display_links = ("title",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("translation__language", ChoicesDropdownFilter),
        ("translation__article__category", RelatedDropdownFilter),
    )
    search_fields = ("title", "translation__article__code")
    list_select_related = ("translation__article__category", "author", "reviewer", "approver")
    template = "admin/knowledge/revision.html"
    verbs: ClassVar[Mapping[str, Do]] = {
        "edit": _edit,
        "submit": _submit,
        "review": _review,
        "approve": _approve,
        "check": _check,
        "publish": _at_once,
        "discard": _discard,
    }

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*self.list_select_related, "based_on")

    @admin.display(description=gettext_lazy("Language"))
    def language(self, revision: Revision) -> str:
        return revision.translation.get_language_display()

    @admin.display(description=gettext_lazy("Category"))
    def category(self, revision: Revision) -> str:
        return revision.translation.article.category.name

    @admin.display(description=gettext_lazy("State"))
    def how(self, revision: Revision) -> str:
        tone = TONES.get(revision.state, "grey")
        return format_html('<span class="desk-mark desk-{}">{}</span>', tone, revision.get_state_display())

    def facts(self, request: HttpRequest, row: Revision) -> dict[str, Any]:
        viewer, state = person(request), RevisionState(row.state)
        article, language = row.translation.article, row.translation.language
        current = row.translation.current if row.translation.current_id != row.pk else None
        codes = set(Article.objects.filter(retired_at__isnull=True).values_list("code", flat=True))
        is_at_work = state in (RevisionState.DRAFT, RevisionState.IN_REVIEW, RevisionState.IN_APPROVAL)
        others = {row.author_id, row.reviewer_id}
        return {
            "revision": row,
            "article": article,
            "tone": TONES.get(row.state, "grey"),
            "html": html_of(
                row.body, address_of=lambda code: f"#{code}" if code in codes else None, file_of=_files_of(article).get
            ),
            "files": article.files.values_list("name", flat=True),
            "source": row.based_on,
            "changes": _changes(current, row) if current else [],
            "score": score_text(row.body, language),
            "problems": what_is_missing(row) if is_at_work or state == RevisionState.APPROVED else [],
            "checks": row.checks.select_related("by"),
            "check_kinds": CheckKind.choices,
            "guidelines": GUIDELINES,
            "significances": Significance.choices,
            "may_edit": state == RevisionState.DRAFT and row.author_id == viewer.pk,
            "may_review": state == RevisionState.IN_REVIEW and row.author_id != viewer.pk,
            "may_approve": (state == RevisionState.IN_APPROVAL or bool(row.urgent_because and not row.is_approved))
            and viewer.pk not in others
            and is_expert(viewer, article, language),
            "may_go_at_once": article.is_critical and state in (RevisionState.IN_APPROVAL, RevisionState.APPROVED),
            "is_at_work": is_at_work or state == RevisionState.APPROVED,
            "impact": impact_of(row, timezone.now()),
            "today": timezone.now(),
        }


def _files_of(article: Article) -> dict[str, Shown]:
    """The files of an article by name, where staff finds them."""
    return {
        one.name: Shown(reverse("admin:knowledge_article_file", args=[article.pk, one.name]), one.width, one.height)
        for one in article.files.defer("content")
    }


def _changes(before: Revision, after: Revision) -> list[tuple[str, str]]:
    said = [[f"# {one.title}", one.summary, *one.body.splitlines()] for one in (before, after)]
    return changed_lines(*said)
