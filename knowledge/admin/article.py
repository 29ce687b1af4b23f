"""Articles: which languages readers have, what is at work, what is owed; and where a new one begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from financy_support.admin_base import ChoicesDropdownFilter, RelatedDropdownFilter, person
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import DeskError, Invalid
from financy_support.desk.people.language import Language
from knowledge.admin.transfer import TransferPages
from knowledge.admin.verb_page import Do, posted
from knowledge.files import LARGEST_FILE, file_answer
from knowledge.models import Article, ArticleDeadline, Category, LearningKind, Revision, Translation
from knowledge.usefulness import usefulness_of
from knowledge.workflow.add_file import add_file
from knowledge.workflow.begin_revision import AT_WORK, begin_revision
from knowledge.workflow.check_article import check_article
from knowledge.workflow.keep_learning import add_learning, remove_learning
from knowledge.workflow.retire_article import restore_article, retire_article
from knowledge.workflow.write_article import write_article


def page_of(revision: Revision) -> str:
    """A revision's page in the back office."""
    return reverse("admin:knowledge_revision_change", args=[revision.pk])


def _begin(row: Article, said: Mapping[str, Any], act: Act) -> str:
    return page_of(begin_revision(row, language=said.get("language", ""), by=act.by, at=act.at))


def _check(row: Article, said: Mapping[str, Any], act: Act) -> None:
    check_article(row, by=act.by, at=act.at)


def _retire(row: Article, said: Mapping[str, Any], act: Act) -> None:
    code = said.get("replaced_by", "")
    replacement = Article.objects.filter(code=code).first() if code else None
    if code and replacement is None:
        raise Invalid("No article has this code.", field="replaced_by")
    retire_article(row, because=said.get("because", ""), replaced_by=replacement, by=act.by, at=act.at)


def _learn(row: Article, said: Mapping[str, Any], act: Act) -> None:
    values = {name: said.get(name, "") for name in ("kind", "title", "address", "language")}
    add_learning(row, **values, by=act.by, at=act.at)


def _unlearn(row: Article, said: Mapping[str, Any], act: Act) -> None:
    number = said.get("number", "")
    lesson = row.learning.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
    if lesson is None:
        raise Invalid("It is gone already.", field="number")
    remove_learning(lesson, by=act.by, at=act.at)


def _restore(row: Article, said: Mapping[str, Any], act: Act) -> None:
    restore_article(row, by=act.by, at=act.at)


@admin.register(Article)
class ArticleAdmin(TransferPages):
    """All articles, those to be checked soonest first."""

    list_display = ("code", "category", "languages", "checked_at", "due", "owner")
    list_filter = (("category", RelatedDropdownFilter), ("translations__language", ChoicesDropdownFilter))
    search_fields = ("code", "translations__title")
    list_select_related = ("category", "owner")
    ordering = ("review_due_at", "code")
    template = "admin/knowledge/article.html"
    verbs: ClassVar[Mapping[str, Do]] = {
        "begin": _begin,
        "check": _check,
        "retire": _retire,
        "restore": _restore,
        "learn": _learn,
        "unlearn": _unlearn,
    }

    def get_queryset(self, request: HttpRequest) -> Any:
        shown = Prefetch("translations", Translation.objects.order_by("language"))
        return super().get_queryset(request).select_related("category", "owner", "replaced_by").prefetch_related(shown)

    @admin.display(description=gettext_lazy("Readers have"))
    def languages(self, article: Article) -> str:
        if article.retired_at:
            return _("retired")
        if article.withdrawn_at:
            return _("left the help centre: nobody checked it")
        return ", ".join(one.language for one in article.translations.all() if one.current_id) or _("nothing yet")

    @admin.display(description=gettext_lazy("To be checked by"))
    def due(self, article: Article) -> str:
        if article.review_due_at is None or article.retired_at:
            return "—"
        tone = "breached" if article.review_due_at < timezone.now() else "fine"
        when = timezone.localtime(article.review_due_at)
        return format_html('<span class="desk-mark desk-{}">{}</span>', tone, f"{when:%Y-%m-%d}")

    def facts(self, request: HttpRequest, row: Article) -> dict[str, Any]:
        at_work = {
            one.translation.language: one
            for one in Revision.objects.filter(translation__article=row, state__in=AT_WORK).select_related(
                "translation", "author"
            )
        }
        owed = ArticleDeadline.objects.filter(article=row).open()
        others = Article.objects.filter(retired_at__isnull=True).exclude(pk=row.pk)
        by_language = {one.language: one for one in row.translations.all()}
        return {
            "article": row,
            "languages": [(code, name, by_language.get(code), at_work.get(code)) for code, name in Language.choices],
            "useful": usefulness_of(row, timezone.now()).items(),
            "replacements": others.values_list("code", flat=True),
            "tags": row.tagged.values_list("tag__slug", flat=True),
            "files": row.files.defer("content"),
            "learning": row.learning.all(),
            "kinds": LearningKind.choices,
            "duties": [(one, one.state(timezone.now())) for one in owed.order_by("due_at")],
        }

    def add_file(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Keep the picture or attachment that was chosen."""
        row = self.find(request, object_id)
        given = request.FILES.get("file") if request.method == "POST" else None
        try:
            if request.method == "POST":
                if given is None:
                    raise Invalid("Choose a file.", field="file")
                name, content = str(given.name or ""), given.read(LARGEST_FILE + 1)
                with self.act(request) as act:
                    kept = add_file(row, name=name, content=content, by=act.by, at=act.at)
                messages.success(request, _("Kept. The words name it as file:%s") % kept.name)
        except DeskError as refusal:
            messages.error(request, refusal.detail)
        return HttpResponseRedirect(reverse("admin:knowledge_article_change", args=[row.pk]))

    def show_file(self, request: HttpRequest, object_id: str, name: str) -> HttpResponseBase:
        """A file of an article, as drafts show it."""
        file = self.find(request, object_id).files.filter(name=name.replace("\x00", "")).first()
        if file is None:
            raise Http404
        answer = file_answer(file)
        answer["Cache-Control"] = "private, no-store"
        return answer

    def begin(self, request: HttpRequest) -> HttpResponseBase:
        """The form of a new article; what it needs is a title, the rest is written in its draft."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            said = posted(request)
            number, title, language = (said.get(name, "") for name in ("category", "title", "language"))
            category = Category.objects.filter(pk=number if number.isdecimal() else 0).first()
            try:
                if category is None:
                    raise Invalid("Choose a category.", field="category")
                with self.act(request) as act:
                    draft = write_article(
                        category=category, title=title, language=language, by=person(request), at=act.at
                    )
            except DeskError as refusal:
                messages.error(request, refusal.detail)
            else:
                return HttpResponseRedirect(page_of(draft))
        context = {
            **self.admin_site.each_context(request),
            "title": _("A new article"),
            "opts": self.opts,
            "categories": Category.objects.all(),
            "languages": Language.choices,
            "typed": request.POST,
        }
        return TemplateResponse(request, "admin/knowledge/new_article.html", context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(
            request,
            {
                "begin": reverse("admin:knowledge_article_begin"),
                "bring_in": reverse("admin:knowledge_article_import"),
            },
        )

    change_list_template = "admin/knowledge/articles.html"

    def get_urls(self) -> list[URLPattern]:
        add = self.admin_site.admin_view(self.add_file)
        show = self.admin_site.admin_view(self.show_file)
        return [
            path("<str:object_id>/do/add-file/", add, name="knowledge_article_add_file"),
            path("<str:object_id>/files/<str:name>", show, name="knowledge_article_file"),
            path("import/", self.admin_site.admin_view(self.import_page), name="knowledge_article_import"),
            path(
                "export/<slug:wanted>/", self.admin_site.admin_view(self.export_page), name="knowledge_article_export"
            ),
            path("begin/", self.admin_site.admin_view(self.begin), name="knowledge_article_begin"),
            *super().get_urls(),
        ]
