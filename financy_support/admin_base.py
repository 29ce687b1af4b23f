"""The back office's floor, and the only file that imports django-unfold: DeskAdmin, the site, its form widgets."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RelatedDropdownFilter
from unfold.forms import ActionForm
from unfold.sites import UnfoldAdminSite
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordToggleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from financy_support import mailbox, second_factor
from financy_support.admin_history import acts_on, said
from financy_support.capped_paginator import CappedPaginator
from financy_support.desk.audit.acting import acting
from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.user import User

__all__ = [
    "ActionForm",
    "ChoicesDropdownFilter",
    "DeskAdmin",
    "DeskAdminSite",
    "DeskInline",
    "DropdownFilter",
    "RelatedDropdownFilter",
    "UnfoldAdminCheckboxSelectMultipleWidget",
    "UnfoldAdminPasswordToggleWidget",
    "UnfoldAdminSelectWidget",
    "UnfoldAdminSplitDateTimeWidget",
    "UnfoldAdminTextInputWidget",
    "UnfoldAdminTextareaWidget",
    "UnfoldBooleanSwitchWidget",
    "Who",
]

VERSIONS_SHOWN = 100


class Who(Enum):
    """Whom a page is for; nobody unless its admin says so (design §3 'Access')."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    AGENTS = "agents"
    STAFF = "agents and editors"

    def includes(self, user: Any) -> bool:
        """Whether the page is for ``user``; administrators see what agents see."""
        if not isinstance(user, User) or not user.is_staff:
            return False
        return {
            Who.NOBODY: False,
            Who.ADMINISTRATORS: user.is_superuser,
            Who.AGENTS: user.is_agent,
            Who.STAFF: True,
        }[self]


class _Gate:
    """What pages and their inlines share: who sees, who writes; nobody and nothing unless said."""

    seen_by: ClassVar[Who] = Who.NOBODY
    written_by: ClassVar[Who] = Who.NOBODY
    is_deletable: ClassVar[bool] = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.seen_by.includes(request.user)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.written_by.includes(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.written_by.includes(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_deletable and self.written_by.includes(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.seen_by.includes(request.user)


class DeskInline(_Gate, TabularInline):  # type: ignore[misc]  # unfold's own bases disagree
    """Rows of a record that are edited with it; PostgreSQL keeps their history too."""

    extra = 0
    show_change_link = False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The choices are read once for all rows, not once a row."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            choices: Any = field.choices
            field.choices = list(choices)
        return field


class DeskAdmin(_Gate, ModelAdmin):  # type: ignore[misc]  # unfold's own bases disagree
    """A page of the back office: closed by default, in the viewer's scope, every write a named act.

    Rows that a verb owns leave ``written_by`` at nobody: they are seen here and changed by buttons that call verbs.
    """

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 25
    list_max_show_all = 0
    list_filter_submit = True
    warn_unsaved_form = True
    change_form_after_template: Any = "admin/why.html"
    actions: Any = None

    def get_queryset(self, request: HttpRequest) -> Any:
        """Only what ``request.user`` may see, where the model has a scope."""
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def get_actions(self, request: HttpRequest) -> Any:
        """Bulk actions of our own; Django's bulk deletion only where rows may go."""
        found = super().get_actions(request)
        if not self.has_delete_permission(request):
            found.pop("delete_selected", None)
        return found

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        with self.act(request):
            return super().changelist_view(request, extra_context)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        with self.act(request):
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        if request.method != "POST":
            return super().delete_view(request, object_id, extra_context)
        with self.act(request):
            return super().delete_view(request, object_id, extra_context)

    def act(self, request: HttpRequest, reason: str = "") -> Any:
        """An act of the person at the keyboard; what they gave as the reason joins the history."""
        said = reason or request.POST.get("history_reason", "").strip()[:2000]
        return acting(by=person(request), channel="admin", reason=said)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> TemplateResponse:
        """Who changed what, when, through which door and why, as PostgreSQL recorded it."""
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %s") % record,
            "acts": self.get_acts(request, record),
            "is_audited": isinstance(record, AuditedModel),
            "object": record,
            "opts": self.opts,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/desk_history.html", context)

    def get_acts(self, request: HttpRequest, record: Model) -> list[Any]:
        """The latest acts on this record; pages that tell of several records say so here."""
        return acts_on({type(record): [record.pk]}, limit=VERSIONS_SHOWN) if isinstance(record, AuditedModel) else []

    def history_form_view(self, request: HttpRequest, object_id: str, version_id: str) -> HttpResponseBase:
        """One version as it was. Nothing is ever written back from here: history is PostgreSQL's."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        record = self.get_object(request, object_id)
        if not isinstance(record, AuditedModel) or not (version_id.isdecimal() and len(version_id) < 19):
            raise Http404
        key = type(record)._meta.pk.attname
        version = type(record).history.filter(**{key: record.pk}, history_id=int(version_id)).first()
        if version is None:
            raise Http404
        kept = [one for one in type(record)._meta.concrete_fields if hasattr(version, one.attname)]
        shown = [(one.verbose_name, said(one.value_from_object(version))) for one in kept]
        context = {
            **self.admin_site.each_context(request),
            "title": _("%(record)s on %(when)s") % {"record": record, "when": said(version.history_date)},
            "shown": shown,
            "opts": self.opts,
            "object": record,
        }
        return TemplateResponse(request, "admin/desk_version.html", context)

    def get_urls(self) -> list[URLPattern]:
        version = path(
            "<path:object_id>/history/<str:version_id>/",
            self.admin_site.admin_view(self.history_form_view),
            name=f"{self.opts.app_label}_{self.opts.model_name}_simple_history",
        )
        return [version, *super().get_urls()]

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """A foreign and a missing row answer alike, with 404 (design §3 'Access')."""
        raise Http404


class DeskAdminSite(UnfoldAdminSite):
    """The back office: staff only, and only with their second factor where the desk asks for one."""

    index_title = _("Today")
    enable_nav_sidebar = True
    password_change_template = None

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take pages of ours; what libraries register by themselves stays closed (default deny)."""
        if admin_class is not None and issubclass(admin_class, DeskAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not second_factor.is_owed(request)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """As Django's; who is logged in but owes the second factor is led to it."""
        if request.method == "GET" and super().has_permission(request) and second_factor.is_owed(request):
            query = request.GET.copy()
            query.setdefault(REDIRECT_FIELD_NAME, reverse("admin:index"))
            return redirect(f"{reverse('admin:second_factor')}?{query.urlencode()}")
        return super().login(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.method != "POST":
            return super().password_change(request, extra_context)
        with acting(by=person(request), channel="admin", reason="changed their own password"):
            return super().password_change(request, extra_context)

    def extra_urls(self) -> list[URLPattern]:
        return [
            path("second-factor/", second_factor.prove, {"site": self}, name="second_factor"),
            path("mailbox/", self.admin_view(mailbox.list_mails), {"site": self}, name="mailbox"),
            path("mailbox/<str:name>/", self.admin_view(mailbox.show_mail), {"site": self}, name="mailbox_mail"),
        ]


def person(request: HttpRequest) -> User:
    """Who sits at the keyboard; only for pages behind the log-in."""
    assert isinstance(request.user, User)
    return request.user
