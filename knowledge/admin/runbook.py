"""Runbooks: each wording with its drawing, its steps, what the linter finds, who signed; and where a new one begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.purposes import PURPOSES
from financy_support.admin_base import VERSIONS_SHOWN, ChoicesDropdownFilter, person
from financy_support.admin_history import acts_on
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import DeskError, Invalid
from financy_support.desk.people.language import Language
from knowledge.admin.changes import changed_lines
from knowledge.admin.revision import TONES, read_digest
from knowledge.admin.runbook_form import groups_of, lines_of, rows_of, values_of
from knowledge.admin.verb_page import Do, PageOfVerbs, posted
from knowledge.issue_types import issue_types
from knowledge.models import Category, RevisionState, Runbook, RunbookRevision
from knowledge.revision_gates import is_expert
from knowledge.runbook_gates import what_is_wrong
from knowledge.runbook_graph import draw
from knowledge.runbook_steps import MOST_WAITS, End
from knowledge.workflow.approve_runbook import approve_runbook
from knowledge.workflow.begin_revision import AT_WORK
from knowledge.workflow.begin_runbook import begin_runbook
from knowledge.workflow.discard_runbook import discard_runbook
from knowledge.workflow.edit_runbook import edit_runbook
from knowledge.workflow.retire_runbook import restore_runbook, retire_runbook
from knowledge.workflow.review_revision import GUIDELINES
from knowledge.workflow.review_runbook import review_runbook
from knowledge.workflow.submit_runbook import submit_runbook
from knowledge.workflow.write_runbook import write_runbook


def page_of(revision: RunbookRevision) -> str:
    """A revision's page in the back office."""
    return reverse("admin:knowledge_runbookrevision_change", args=[revision.pk])


def _edit(row: RunbookRevision, said: Mapping[str, Any], act: Act) -> None:
    edit_runbook(row, by=act.by, at=act.at, **values_of(said))


def _submit(row: RunbookRevision, said: Mapping[str, Any], act: Act) -> None:
    submit_runbook(row, by=act.by, at=act.at)


def _review(row: RunbookRevision, said: Any, act: Act) -> None:
    because, met = said.get("return_because", ""), said.getlist("guidelines")
    review_runbook(row, guidelines=met, return_because=because, digest=read_digest(said), by=act.by, at=act.at)


def _approve(row: RunbookRevision, said: Mapping[str, Any], act: Act) -> None:
    because = said.get("return_because", "")
    approve_runbook(row, return_because=because, digest=read_digest(said), by=act.by, at=act.at)


def _discard(row: RunbookRevision, said: Mapping[str, Any], act: Act) -> None:
    discard_runbook(row, by=act.by, at=act.at)


def _begin(row: RunbookRevision, said: Mapping[str, Any], act: Act) -> str:
    return page_of(begin_runbook(row.runbook, by=act.by, at=act.at))


def _retire(row: RunbookRevision, said: Mapping[str, Any], act: Act) -> None:
    retire_runbook(row.runbook, because=said.get("because", ""), by=act.by, at=act.at)


def _restore(row: RunbookRevision, said: Mapping[str, Any], act: Act) -> None:
    restore_runbook(row.runbook, by=act.by, at=act.at)


@admin.register(RunbookRevision)
class RunbookRevisionAdmin(PageOfVerbs):
    """Every wording of every runbook, the newest of each first; nothing here is changed but by its verbs."""

    list_display = ("title", "issue_type", "number", "how", "author", "reviewer", "approver", "published_at")
    list_display_links = ("title",)
    list_filter = (("state", ChoicesDropdownFilter),)
    search_fields = ("title", "runbook__code", "runbook__issue_type")
    list_select_related = ("runbook__category", "author", "reviewer", "approver")
    ordering = ("runbook__code", "-number")
    template = "admin/knowledge/runbook.html"
    change_list_template = "admin/knowledge/runbooks.html"
    verbs: ClassVar[Mapping[str, Do]] = {
        "edit": _edit,
        "submit": _submit,
        "review": _review,
        "approve": _approve,
        "discard": _discard,
        "begin": _begin,
        "retire": _retire,
        "restore": _restore,
    }

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*self.list_select_related)

    @admin.display(description=gettext_lazy("Issue type"))
    def issue_type(self, revision: RunbookRevision) -> str:
        return revision.runbook.issue_type

    @admin.display(description=gettext_lazy("State"))
    def how(self, revision: RunbookRevision) -> str:
        tone, said = _state(revision)
        return format_html('<span class="desk-mark desk-{}">{}</span>', tone, said)

    def facts(self, request: HttpRequest, row: RunbookRevision) -> dict[str, Any]:
        viewer, state = person(request), RevisionState(row.state)
        siblings = list(row.runbook.revisions.select_related("author").order_by("-number")[:VERSIONS_SHOWN])
        before = next((one for one in siblings if one.state == RevisionState.PUBLISHED and one.pk != row.pk), None)
        problems = what_is_wrong(row)
        wrong = {int(one.field.split(".")[1]) for one in problems if one.field.startswith("steps.")}
        is_in_use = row.runbook.retired_at is None
        tone, said = _state(row)
        return {
            "revision": row,
            "runbook": row.runbook,
            "tone": tone,
            "said": said,
            "graph": draw(row.steps, wrong=wrong),
            "rows": rows_of(row.steps, problems),
            "groups": groups_of(row.steps, problems),
            "targets": [*(step["key"] for step in row.steps if step["key"]), *End.values],
            "automatic": "\n".join(f"{one['code']}: {one['text']}" for one in row.criteria["automatic"]),
            "manual": "\n".join(row.criteria["manual"]),
            "documentation": "\n".join(row.documentation),
            "templates": _templates_for(row),
            "problems": problems,
            "kinds": ("success", "failure", "wait"),
            "changes": changed_lines(lines_of(before), lines_of(row)) if before and state in AT_WORK else [],
            "siblings": siblings,
            "guidelines": GUIDELINES,
            "most_waits": MOST_WAITS,
            "may_edit": is_in_use and state == RevisionState.DRAFT and row.author_id == viewer.pk,
            "may_review": is_in_use and state == RevisionState.IN_REVIEW and row.author_id != viewer.pk,
            "may_approve": is_in_use
            and state == RevisionState.IN_APPROVAL
            and viewer.pk not in (row.author_id, row.reviewer_id)
            and is_expert(viewer, row.runbook, Language.ENGLISH),
            "may_begin": is_in_use and not any(one.state in AT_WORK for one in siblings),
            "is_at_work": is_in_use and state in AT_WORK,
        }

    def begin(self, request: HttpRequest) -> HttpResponseBase:
        """The form of a new runbook; the steps are written in its draft."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            said = posted(request)
            number = said.get("category", "")
            category = Category.objects.filter(pk=number if number.isdecimal() and len(number) < 19 else 0).first()
            try:
                if category is None:
                    raise Invalid("Choose a category.", field="category")
                with self.act(request) as act:
                    draft = write_runbook(
                        category=category,
                        issue_type=said.get("issue_type", ""),
                        title=said.get("title", ""),
                        code=said.get("code", ""),
                        by=act.by,
                        at=act.at,
                    )
            except DeskError as refusal:
                messages.error(request, refusal.detail)
            else:
                return HttpResponseRedirect(page_of(draft))
        context = {
            **self.admin_site.each_context(request),
            "title": _("A new runbook"),
            "opts": self.opts,
            "issue_types": issue_types().items(),
            "categories": Category.objects.all(),
            "typed": request.POST,
        }
        return TemplateResponse(request, "admin/knowledge/new_runbook.html", context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {"begin": reverse("admin:knowledge_runbook_begin")})

    def get_acts(self, request: HttpRequest, record: Model) -> list[Any]:
        """This wording's, and those on its runbook: that it was retired, and came back."""
        runbook = record.runbook_id  # type: ignore[attr-defined]  # its records are revisions
        return acts_on({RunbookRevision: [record.pk], Runbook: [runbook]}, limit=VERSIONS_SHOWN)

    def get_urls(self) -> list[URLPattern]:
        begin = self.admin_site.admin_view(self.begin)
        return [path("begin/", begin, name="knowledge_runbook_begin"), *super().get_urls()]


def _state(revision: RunbookRevision) -> tuple[str, str]:
    """The tone and the word of its state: a runbook that is published is in force, unless it is retired."""
    if revision.runbook.retired_at and revision.state in (RevisionState.PUBLISHED, *AT_WORK):
        return "breached", _("retired")
    if revision.state == RevisionState.PUBLISHED:
        return "met", _("in force")
    return TONES.get(revision.state, "grey"), revision.get_state_display()


def _templates_for(row: RunbookRevision) -> list[str]:
    """Messages to customers that take all its fields, and the one that it names."""
    fields = set(row.documentation)
    fit = {code for code, one in PURPOSES.items() if fields and not one.is_to_staff and fields <= set(one.facts)}
    return sorted(fit | ({row.template} if row.template else set()))
