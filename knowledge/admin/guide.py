"""What administrators keep: categories, experts, keywords, words that mean the same, and where else knowledge lies."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from financy_support.admin_base import ChoicesDropdownFilter, DeskAdmin, Who
from financy_support.desk.people.user import User, UserKind
from knowledge.models import (
    Category,
    Expert,
    KnowledgeSystem,
    PinnedResult,
    Practice,
    Redirect,
    Release,
    SeoKeyword,
    Synonym,
)


class KeptAdmin(DeskAdmin):
    """Read by staff, written by administrators."""

    seen_by = Who.STAFF
    written_by = Who.ADMINISTRATORS


@admin.register(Category)
class CategoryAdmin(KeptAdmin):
    """The shelves of the help centre."""

    list_display = ("name", "audience", "rhythm", "position")


@admin.register(Expert)
class ExpertAdmin(KeptAdmin):
    """Who approves what; without an expert nothing of a category can be approved."""

    list_display = ("category", "person", "language")
    list_select_related = ("category", "person")
    is_deletable = True

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "person":
            staff = Q(kind__in=(UserKind.AGENT, UserKind.EDITOR), is_active=True)
            kwargs["queryset"] = User.objects.filter(staff).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(SeoKeyword)
class SeoKeywordAdmin(KeptAdmin):
    """Phrases whose search finds a certain article first."""

    list_display = ("phrase", "article")
    list_select_related = ("article",)
    is_deletable = True


class TriedAdmin(KeptAdmin):
    """What searches go by; its list leads to a search that shows the effect, and keeps more of it."""

    change_list_template = "admin/knowledge/kept.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {"try_at": reverse("admin:knowledge_try_search")})


@admin.register(PinnedResult)
class PinnedResultAdmin(TriedAdmin):
    """Articles that stand first for certain words; pinned and taken off where a search is tried."""

    written_by = Who.NOBODY
    list_display = ("words", "language", "article", "because")
    list_filter = (("language", ChoicesDropdownFilter),)
    list_select_related = ("article",)
    search_fields = ("words", "article__code")


@admin.register(Synonym)
class SynonymAdmin(TriedAdmin):
    """Words that readers use for the same thing."""

    list_display = ("words", "language")
    list_filter = ("language",)
    search_fields = ("words",)
    is_deletable = True


@admin.register(Practice)
class PracticeAdmin(KeptAdmin):
    """What the handbook asks of knowledge, and what keeps it; the times may be changed."""

    list_display = ("rule", "part", "says", "span", "kept_by")
    list_filter = ("part",)
    readonly_fields = ("part", "rule", "says", "kept_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A practice that takes no time takes none."""
        return (*self.readonly_fields, *([] if obj is None or obj.span else ["span"]))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """One that takes time goes on doing so."""
        form = super().get_form(request, obj, change, **kwargs)
        if "span" in form.base_fields:
            form.base_fields["span"].required = True
        return form

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(KnowledgeSystem)
class KnowledgeSystemAdmin(KeptAdmin):
    """Where else knowledge lies."""

    list_display = ("purpose", "name", "address")


@admin.register(Redirect)
class RedirectAdmin(DeskAdmin):
    """Old addresses that lead to articles; imports bring them along."""

    seen_by = Who.STAFF

    list_display = ("path", "article", "language")
    list_select_related = ("article",)
    search_fields = ("path", "article__code")
    is_deletable = True


@admin.register(Release)
class ReleaseAdmin(DeskAdmin):
    """Releases of the product that articles were checked with; tools record them by the API."""

    seen_by = Who.STAFF
    list_display = ("name", "released_at", "notes")
