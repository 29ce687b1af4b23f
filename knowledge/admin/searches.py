"""What readers searched for, the gaps that nobody fills yet, and trying what a synonym or a pinned result would do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from financy_support.admin_base import ChoicesDropdownFilter, DeskAdmin, Who, person
from financy_support.desk.errors import DeskError, Invalid
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User, UserKind
from knowledge.admin.verb_page import posted
from knowledge.behaviour import STEPS, articles_that, funnels, opinions, weeks
from knowledge.gaps import gaps
from knowledge.models import Article, PinnedResult, PopularSearch, SearchQuery, Synonym
from knowledge.search.asked import LONGEST
from knowledge.search.find import find
from knowledge.search.kept import PINNED, Kept, group_of, kept, key
from knowledge.workflow.assignments import assign_gap
from knowledge.workflow.keep_for_search import drop_synonyms, keep_synonyms, pin_result, unpin_result


@admin.register(SearchQuery)
class SearchQueryAdmin(DeskAdmin):
    """Each question, newest first; nobody can tell whose it was."""

    seen_by = Who.STAFF
    list_display = ("words", "language", "found", "is_guess", "read", "led_to_ticket", "asked_at")
    list_filter = (("language", ChoicesDropdownFilter), "led_to_ticket")
    list_select_related = ("read",)
    fields = ("words", "language", "found", "is_guess", "asked_at", "read", "read_at", "led_to_ticket")
    search_fields = ("words",)
    sortable_by = ()

    def gaps(self, request: HttpRequest) -> HttpResponseBase:
        """Questions without an answer, those that led to tickets first; one click makes one an assignment."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._assign(request)
        writers = User.objects.filter(kind__in=(UserKind.AGENT, UserKind.EDITOR), is_active=True).order_by("name")
        context = {
            "title": _("What no article answers (90 days)"),
            "gaps": gaps(timezone.now()),
            "writers": writers,
            "viewer": person(request),
        }
        return self._page(request, "admin/knowledge/gaps.html", context)

    def _assign(self, request: HttpRequest) -> HttpResponseBase:
        said = posted(request)
        number = said.get("to", "")
        to = User.objects.filter(pk=number if number.isdecimal() and len(number) < 19 else 0).first()
        words, language = said.get("words", ""), said.get("language", "")
        try:
            if to is None:
                raise Invalid("Choose who sees to it.", field="to")
            with self.act(request) as act:
                assign_gap(words=words, language=language, to=to, by=person(request), at=act.at)
        except DeskError as refusal:
            messages.error(request, refusal.detail)
        else:
            messages.success(request, _("Done."))
        return HttpResponseRedirect(reverse("admin:knowledge_gaps"))

    def behaviour(self, request: HttpRequest) -> HttpResponseBase:
        """From the question to the article to the ticket, drawn; which articles help, and which do not."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        at = timezone.now()
        names = dict(Language.choices)
        context = {
            "title": _("What readers do (90 days)"),
            "funnels": [
                (names[one.language], one, [(step, getattr(one, step), one.percent(step)) for step in STEPS])
                for one in funnels(at)
            ],
            "weeks": weeks(at),
            "least": articles_that(at, help_least=True),
            "most": articles_that(at, help_least=False),
            "opinions": [(names[one["language"]], one) for one in opinions()],
        }
        return self._page(request, "admin/knowledge/behaviour.html", context)

    def try_search(self, request: HttpRequest) -> HttpResponseBase:
        """What readers find for some words now, and what they would find with a synonym or a pin that is no row yet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._keep(request)
        typed = {name: request.GET.get(name, "").replace("\x00", "")[:500] for name in ("q", "same", "pin")}
        language = request.GET.get("language", "")
        language = language if language in Language.values else Language.ENGLISH.value
        now, at = kept(language), timezone.now()
        words = typed["q"][:LONGEST]
        context: dict[str, Any] = {
            "title": _("Try a search"),
            "typed": typed,
            "language": language,
            "languages": Language.choices,
            "codes": Article.objects.filter(retired_at__isnull=True).values_list("code", flat=True),
            "synonyms": Synonym.objects.filter(language=language),
            "pinned": PinnedResult.objects.filter(language=language).select_related("article"),
            "popular": PopularSearch.objects.public().filter(language=language).order_by("-asked")[:20],
        }
        if words.strip():
            before = find(words, language, reader=None, at=at, by=now).hits
            after = find(words, language, reader=None, at=at, by=_with(now, typed)).hits
            bare = find(words, language, reader=None, at=at, by=Kept()).hits
            context |= {"bare": bare, "before": _moved(bare, before), "after": _moved(before, after)}
        return self._page(request, "admin/knowledge/try_search.html", context)

    def _keep(self, request: HttpRequest) -> HttpResponseBase:
        """Keep or drop what was tried, and show the same search again."""
        said = posted(request)
        language, words = said.get("language", ""), said.get("q", "")
        try:
            with self.act(request) as act:
                if said.get("do") == "keep":
                    keep_synonyms(language=language, words=said.get("same", ""), by=act.by)
                elif said.get("do") == "pin":
                    article = Article.objects.filter(code=said.get("pin", "").strip()).first()
                    if article is None:
                        raise Invalid("No article has this code.", field="pin")
                    pin_result(article, language=language, words=words, because=said.get("because", ""), by=act.by)
                elif row := _row_of(Synonym, said.get("drop", "")):
                    drop_synonyms(row, by=act.by)
                elif pinned := _row_of(PinnedResult, said.get("unpin", "")):
                    unpin_result(pinned, by=act.by)
        except DeskError as refusal:
            messages.error(request, refusal.detail)
        else:
            messages.success(request, _("Done."))
        again = urlencode({"q": words, "language": language})
        return HttpResponseRedirect(f"{reverse('admin:knowledge_try_search')}?{again}")

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
        around = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**around, **context})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("gaps/", view(self.gaps), name="knowledge_gaps"),
            path("behaviour/", view(self.behaviour), name="knowledge_behaviour"),
            path("try/", view(self.try_search), name="knowledge_try_search"),
            *super().get_urls(),
        ]


def _row_of(model: Any, number: str) -> Any:
    return model.objects.filter(pk=number if number.isdecimal() and len(number) < 19 else 0).first()


def _with(now: Kept, typed: dict[str, str]) -> Kept:
    """What is kept, and beside it what somebody thinks of keeping."""
    article = Article.objects.filter(code=typed["pin"].strip()).values_list("pk", flat=True).first()
    same = [*now.same, group_of(typed["same"])] if "|" in typed["same"] else now.same
    if article is None:
        return replace(now, same=same)
    words = key(typed["q"])
    return Kept(same, {**now.bound, words: {**now.bound.get(words, {}), article: PINNED}})


def _moved(before: Any, after: Any) -> list[tuple[Any, str]]:
    """Each hit with how it came to its place: new, up, down or still there."""
    was = {hit.translation_id: place for place, hit in enumerate(before)}
    return [
        (hit, "new" if (old := was.get(hit.translation_id)) is None else "up" if old > place else
         "down" if old < place else "")
        for place, hit in enumerate(after)
    ]  # fmt: skip
