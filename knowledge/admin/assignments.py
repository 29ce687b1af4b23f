"""Assignments: gaps that somebody fills, and the month's feedback; what is open stands first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, Prefetch
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from financy_support.admin_base import ChoicesDropdownFilter
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import Invalid
from financy_support.desk.people.user import User, UserKind
from knowledge.admin.verb_page import Do, PageOfVerbs
from knowledge.gaps import CLICKED, SEARCHES, asked_since
from knowledge.models import Assignment, AssignmentDeadline, AssignmentKind
from knowledge.rounds import not_worked_in
from knowledge.workflow.assignments import end_assignment, hand_over


def _hand_over(row: Assignment, said: Mapping[str, Any], act: Act) -> None:
    number = str(said.get("to", ""))
    to = User.objects.filter(pk=number if number.isdecimal() and len(number) < 19 else 0).first()
    if to is None:
        raise Invalid("Choose who sees to it.", field="to")
    hand_over(row, to=to, by=act.by, at=act.at)


def _end(row: Assignment, said: Mapping[str, Any], act: Act) -> None:
    end_assignment(row, because=said.get("because", ""), by=act.by, at=act.at)


@admin.register(Assignment)
class AssignmentAdmin(PageOfVerbs):
    """What is open first, newest first."""

    list_display = ("__str__", "kind", "owner", "due", "opened_at", "closed_at")
    list_filter = (("kind", ChoicesDropdownFilter), ("language", ChoicesDropdownFilter))
    search_fields = ("words",)
    ordering = (F("closed_at").desc(nulls_first=True), "-id")
    template = "admin/knowledge/assignment.html"
    verbs: ClassVar[Mapping[str, Do]] = {"hand-over": _hand_over, "end": _end}

    def get_queryset(self, request: HttpRequest) -> Any:
        owed = Prefetch("deadlines", AssignmentDeadline.objects.filter(met_at=None, cancelled_at=None), to_attr="owed")
        return super().get_queryset(request).select_related("owner").prefetch_related(owed)

    @admin.display(description=gettext_lazy("Due"))
    def due(self, assignment: Any) -> str:
        for deadline in assignment.owed:
            state, when = deadline.state(timezone.now()), timezone.localtime(deadline.due_at)
            return format_html('<span class="desk-mark desk-{}">{}</span>', state, f"{when:%Y-%m-%d}")
        return "—"

    def facts(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        is_gap = row.kind == AssignmentKind.GAP
        writers = User.objects.filter(kind__in=(UserKind.AGENT, UserKind.EDITOR), is_active=True).order_by("name")
        return {
            "assignment": row,
            "is_gap": is_gap,
            "owed": [(one, one.state(timezone.now())) for one in row.owed],
            "searches": asked_since(row, timezone.now()) if is_gap and not row.closed_at else [],
            "wanted": SEARCHES,
            "percent": round(100 * CLICKED),
            "waiting": [] if is_gap else not_worked_in().select_related("translation__article")[:100],
            "writers": writers,
        }
