"""Voting on an article, commenting on it and saying what is wrong: plain forms without cookie, log-in or script."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from financy_support.api.throttles import count_request
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import DeskError
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.help_centre.opinion_words import KINDS, OPINION_WORDS, REFUSED
from knowledge.help_centre.pages import help_page
from knowledge.help_centre.shelves import address, shelves
from knowledge.models import Translation
from knowledge.visitors import reader_of, visitor_of
from knowledge.workflow.give_feedback import give_feedback
from knowledge.workflow.vote import vote_on_article

ASKED_A_MINUTE = 20  # by one address, votes and words together
YES_NO = {"yes": True, "no": False}
FIELDS = ("kind", "words", "name", "email")

Page = Callable[[HttpRequest, Translation], HttpResponseBase]


def _of_article(page: Page) -> Callable[[HttpRequest, str, str], HttpResponseBase]:
    """A form of an article that the public reads; a GET leads to the article itself."""

    # no log-in and no cookie stands behind these forms: nobody can be made to send one in their name
    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(page)
    def of_article(request: HttpRequest, language: str, slug: str) -> HttpResponseBase:
        shown = Translation.objects.public().filter(language=language, slug=slug)
        translation = shown.select_related("article__category", "current").first()
        if translation is None:
            return help_page(request, "not_found", language, {"shelves": shelves(language)}, status=404)
        if request.method != "POST":
            return HttpResponseRedirect(address(language, slug))
        counted = count_request(f"opinion:{request.META.get('REMOTE_ADDR', '')}")
        if counted and counted[0] > ASKED_A_MINUTE:
            refused = OPINION_WORDS[language]["too_many"]
            answer = HttpResponse(refused, status=429, content_type="text/plain; charset=utf-8")
            answer["Retry-After"], answer["Cache-Control"] = str(counted[1]), "no-store"
            return answer
        return page(request, translation)

    return of_article


@_of_article
def vote_page(request: HttpRequest, translation: Translation) -> HttpResponseBase:
    """``helped`` (yes, no) or ``stars`` (1 to 5); who was not helped is asked what is wrong."""
    helped, stars = YES_NO.get(request.POST.get("helped", "")), request.POST.get("stars", "")
    assert translation.current_id is not None
    public = system_actor(SystemActor.PUBLIC)
    try:
        with acting(by=public, channel="help", reason="voted on an article") as act:
            vote_on_article(
                translation,
                reader=reader_of(request, translation.current_id),
                is_helpful=helped,
                stars=int(stars) if stars in ("1", "2", "3", "4", "5") else None,
                by=public,
                at=act.at,
            )
    except DeskError as refusal:
        return _thanks(request, translation, refusal=refusal)
    return _thanks(request, translation, said="sorry" if helped is False else "thanks_vote")


@_of_article
def feedback_page(request: HttpRequest, translation: Translation) -> HttpResponseBase:
    """A comment or a suggestion; an address is needed only to be thanked and answered."""
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in FIELDS}
    public = system_actor(SystemActor.PUBLIC)
    try:
        with acting(by=public, channel="help", reason="said something about an article") as act:
            visitor = visitor_of(request, act.at)
            give_feedback(translation, **typed, visitor=visitor, by=public, at=act.at)
    except DeskError as refusal:
        return _thanks(request, translation, refusal=refusal, typed=typed)
    return _thanks(request, translation, said="thanks_words", status=201)


def _thanks(
    request: HttpRequest,
    translation: Translation,
    *,
    said: str = "",
    refusal: DeskError | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponseBase:
    language = translation.language
    facts: dict[str, Any] = {
        "opinion": OPINION_WORDS[language],
        "kinds": [(code, name) for code, name in KINDS[language].items() if said != "sorry" or code != "comment"],
        "translation": translation,
        "where": address(language, translation.slug),
        "said": OPINION_WORDS[language].get(said, ""),
        "is_sorry": said == "sorry",
        "typed": typed or {},
        "refused": _refused(refusal, language) if refusal else [],
        "asks_words": said == "sorry" or typed is not None,
    }
    answer = help_page(request, "thanks", language, facts, status=refusal.status if refusal else status)
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _refused(refusal: DeskError, language: str) -> list[str]:
    """In the reader's language; what no reader of a form can come upon stays as the verb says it."""
    problems = [(one.field, one.code, one.detail) for one in refusal.problems] or [("", refusal.code, refusal.detail)]
    known = REFUSED[language]
    return [known.get((field, code)) or known.get((field, ""), detail) for field, code, detail in problems]
