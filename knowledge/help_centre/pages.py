"""The pages of the help centre: plain HTML that works without scripts; each is the public's, whoever asks."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from financy_support.api.throttles import count_request
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.help_centre.opinion_words import KINDS, OPINION_WORDS
from knowledge.help_centre.shelves import Page, address, comments_on, page_of, shelves
from knowledge.help_centre.unchanged import kept
from knowledge.help_centre.words import HTML_LANGUAGES, LANGUAGE_NAMES, WORDS
from knowledge.models import Redirect, Translation
from knowledge.search.complete import complete
from knowledge.search.find import LONGEST, Found, find
from knowledge.search.related import related
from knowledge.tallies import popular
from knowledge.visitors import visitor_of
from knowledge.workflow.note_read import note_read
from knowledge.workflow.note_search import note_search

A_PAGE, SEARCHES_A_MINUTE = 10, 600
OF_ZENDESK = re.compile(r"/hc/[\w-]{2,10}/articles/\d{1,20}")  # what follows the number is the title of that day
NO_TAGS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}  # data in a page must not end its own element


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the shelves in the language that the browser asks for, else English."""
    answer = HttpResponseRedirect(reverse("help-browse", args=[_asked_language()]))
    answer["Vary"] = "Accept-Language"
    return answer


def missing(request: HttpRequest) -> HttpResponseBase:
    """What any address below /help/ answers that is none: search, all shelves and the way to a person."""
    named = request.path_info.split("/")[2]
    language = named if named in Language.values else _asked_language()
    return help_page(request, "not_found", language, {"shelves": shelves(language)}, status=404)


def _asked_language() -> str:
    asked = (get_language() or "")[:2]
    return asked if asked in Language.values else Language.ENGLISH.value


@require_safe
def old_address(request: HttpRequest, rest: str) -> HttpResponseBase:
    """An address of another knowledge base leads to the article that came from there, if the public may read it.

    Zendesk's own addresses come as they are when its host leads here; those of others below ``/help/from/``. One that
    leads to a hidden article answers as one that leads nowhere.
    """
    path = request.path if request.path.startswith("/hc/") else f"/{rest}"
    where = _led_to(path.replace("\x00", ""))
    if not where:
        language = _asked_language()
        return help_page(request, "not_found", language, {"shelves": shelves(language)}, status=404)
    moved = HttpResponsePermanentRedirect(where)
    moved["Cache-Control"] = "public, max-age=300"  # the article can leave
    return moved


def _led_to(path: str) -> str:
    zendesk = OF_ZENDESK.match(path)
    wanted = zendesk[0].lower() if zendesk else path.rstrip("/") or "/"
    redirect = Redirect.objects.filter(path=wanted[:500]).first()
    if redirect is None:
        return ""
    shown = Translation.objects.public().filter(article=redirect.article_id).order_by("language")
    slugs = dict(shown.values_list("language", "slug"))
    for language in dict.fromkeys([redirect.language, Language.ENGLISH.value, *slugs]):
        if language in slugs:
            return address(language, slugs[language])
    old = Translation.objects.filter(article=redirect.article_id, language=redirect.language).first()
    return _replacement(redirect.language, old.slug) if old else ""


@require_safe
@kept
def browse(request: HttpRequest, language: str) -> HttpResponseBase:
    """All shelves, or with ``?tag=`` those articles that have it."""
    tag = request.GET.get("tag", "").replace("\x00", " ")[:50]
    facts = {"shelves": shelves(language, tag=tag), "tag": tag, "popular": [] if tag else popular(language)}
    return help_page(request, "browse", language, facts, keep=300)


def _counted(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A search costs more than a page: so many a minute for one address, then 429 with the seconds to wait."""

    @wraps(page)
    def counted(request: HttpRequest, language: str) -> HttpResponseBase:
        seen = count_request(f"help:{request.META.get('REMOTE_ADDR', '')}")
        if seen and seen[0] > SEARCHES_A_MINUTE:
            answer = HttpResponse(WORDS[language]["too_many"], status=429, content_type="text/plain; charset=utf-8")
            answer["Retry-After"], answer["Cache-Control"] = str(seen[1]), "no-store"
            return answer
        return page(request, language)

    return counted


@require_safe
@_counted
def search(request: HttpRequest, language: str) -> HttpResponseBase:
    """``?q=`` in the reader's own words; ``page`` from 1 on. Not for search engines."""
    words = request.GET.get("q", "").replace("\x00", " ").strip()[:LONGEST]
    number = request.GET.get("page", "")[:3]
    page = max(int(number), 1) if number.isdecimal() else 1
    found = find(words, language, reader=None, at=timezone.now(), limit=A_PAGE, offset=(page - 1) * A_PAGE)
    asked = _note_search(request, language, words, found) if page == 1 else 0
    facts = {
        "asked": words,
        "question": asked,
        "found": found,
        "hits": [(hit, address(language, hit.slug)) for hit in found.hits],
        "shelves": shelves(language) if not found.hits else [],
        "next_page": page + 1 if found.has_more else 0,
    }
    answer = help_page(request, "search", language, facts)
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_safe
@_counted
def suggest(request: HttpRequest, language: str) -> JsonResponse:
    """What the box offers while somebody types: titles and their addresses."""
    words = request.GET.get("q", "").replace("\x00", " ").strip()[:LONGEST]
    offered = complete(words, language, reader=None, at=timezone.now())
    answer = JsonResponse(
        {"offered": [{"title": one.title, "address": address(language, one.slug)} for one in offered]}
    )
    answer["Cache-Control"], answer["X-Robots-Tag"] = "public, max-age=60", "noindex"
    return answer


@require_safe
@kept
def article(request: HttpRequest, language: str, slug: str) -> HttpResponseBase:
    """One article; the address of one that was replaced leads to what replaced it."""
    found = Translation.objects.public().filter(language=language, slug=slug)
    translation = found.select_related("article__category", "current").first()
    if translation is None and (where := _replacement(language, slug)):
        moved = HttpResponsePermanentRedirect(where)
        moved["Cache-Control"] = "public, max-age=300"  # a retired article can come back
        return moved
    if translation is None:
        return help_page(request, "not_found", language, {"shelves": shelves(language)}, status=404)
    _note_read(request, translation)
    page = page_of(translation)
    facts = {
        "page": page,
        "category": translation.article.category.name_in(language),
        "others": {LANGUAGE_NAMES[code]: (code, where) for code, where in page.others.items()},
        "related": [(one.title, address(language, one.slug)) for one in related(translation, at=timezone.now())],
        "structured": SafeString(json.dumps(_structured(page), ensure_ascii=False).translate(NO_TAGS)),
        "switch": {code: page.others.get(code, "") for code in Language.values if code != language},
        "comments": comments_on(translation),
        "opinion": OPINION_WORDS[language],
        "kinds": KINDS[language].items(),
    }
    return help_page(request, "article", language, facts, keep=300)


def _replacement(language: str, slug: str) -> str:
    """Where the answer is read now, in the same language; empty when it is not."""
    old = Translation.objects.replaced().filter(language=language, slug=slug).values("article__replaced_by")
    new = Translation.objects.public().filter(language=language, article__in=old).values_list("slug", flat=True).first()
    return address(language, new) if new else ""


def _note_search(request: HttpRequest, language: str, words: str, found: Found) -> int:
    """The number of the question, by which the hits say where their reader came from; 0 for none."""
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="help", reason="searched the help centre") as act:
        asked = note_search(
            visitor=visitor_of(request, act.at),
            language=language,
            words=words,
            found=found.total,
            is_guess=found.is_guess,
            by=public,
            at=act.at,
        )
    return asked.pk if asked else 0


def _note_read(request: HttpRequest, translation: Translation) -> None:
    question = request.GET.get("from", "")
    if question.isdecimal() and len(question) < 19:
        public = system_actor(SystemActor.PUBLIC)
        with acting(by=public, channel="help", reason="read what a search found") as act:
            visitor = visitor_of(request, act.at)
            note_read(translation, visitor=visitor, question=int(question), by=public, at=act.at)


def help_page(
    request: HttpRequest, name: str, language: str, facts: Mapping[str, Any], *, status: int = 200, keep: int = 0
) -> HttpResponseBase:
    """``keep`` seconds in any cache; unchanged since the reader's own copy: 304."""
    others = [code for code in Language.values if code != language]
    context = {
        "language": language,
        "html_language": HTML_LANGUAGES[language],
        "words": WORDS[language],
        "switch": {code: reverse("help-browse", args=[code]) for code in others},
        "support": settings.DESK_SUPPORT_ADDRESS,
        "base": settings.DESK_BASE_URL,
        **facts,
    }
    context["languages"] = [
        (code, LANGUAGE_NAMES[code], where or reverse("help-browse", args=[code]))
        for code, where in context["switch"].items()
    ]
    answer = render(request, f"knowledge/{name}.html", context, status=status)
    if not keep:
        answer["Cache-Control"] = "no-store"
        return answer
    tag = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        unchanged = HttpResponseNotModified()
        unchanged["ETag"] = tag
        return unchanged
    answer["ETag"], answer["Cache-Control"] = tag, f"public, max-age={keep}"
    return answer


def _structured(page: Page) -> dict[str, Any]:
    """schema.org HowTo, or TechArticle for one without numbered steps."""
    revision = page.translation.current
    assert revision is not None
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "HowTo" if page.steps else "TechArticle",
        "name": revision.title,
        "headline": revision.title,
        "description": revision.summary,
        "inLanguage": HTML_LANGUAGES[page.translation.language],
        "dateModified": revision.published_at.isoformat() if revision.published_at else "",
        "url": f"{settings.DESK_BASE_URL}{address(page.translation.language, page.translation.slug)}",
    }
    if page.steps:
        facts["step"] = [
            {"@type": "HowToStep", "position": place, "text": text} for place, text in enumerate(page.steps, 1)
        ]
    return facts
