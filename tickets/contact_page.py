"""/help/<language>/contact/: writing to us, with answers offered while somebody types; works without scripts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from financy_support.api.throttles import count_request
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import DeskError
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.help_centre.words import HTML_LANGUAGES, LANGUAGE_NAMES, WORDS
from knowledge.visitors import visitor_of
from tickets.contact_words import CONTACT_WORDS
from tickets.models import Ticket
from tickets.workflow.open_by_form import open_by_form

ASKED_A_MINUTE = 10  # by one address
FIELDS = ("email", "name", "subject", "description")


@csrf_exempt  # no log-in and no cookie stands behind this form: nobody can be made to send it in their name
def contact_page(request: HttpRequest, language: str) -> HttpResponse:
    """GET shows the form (``?subject=`` fills it in), POST opens a ticket and says its reference."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    if request.method != "POST":
        return _page(request, language, {"typed": {"subject": request.GET.get("subject", "")[:200]}})
    typed = {name: request.POST.get(name, "") for name in FIELDS}
    counted = count_request(f"contact:{request.META.get('REMOTE_ADDR', '')}")
    if counted and counted[0] > ASKED_A_MINUTE:
        refused = {"": CONTACT_WORDS[language]["too_many"]}
        answer = _page(request, language, {"typed": typed, "refused": refused}, status=429)
        answer["Retry-After"] = str(counted[1])
        return answer
    try:
        return _page(request, language, {"ticket": _open(request, language, typed)}, status=201)
    except DeskError as refusal:
        refused = {problem.field: problem.detail for problem in refusal.problems} or {"": refusal.detail}
        return _page(request, language, {"typed": typed, "refused": refused}, status=refusal.status)


def _open(request: HttpRequest, language: str, typed: dict[str, str]) -> Ticket:
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="help", reason="the contact form") as act:
        visitor = visitor_of(request, act.at)
        return open_by_form(**typed, language=language, visitor=visitor, by=public, at=act.at)


def _page(request: HttpRequest, language: str, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
    contact = CONTACT_WORDS[language]
    refused = facts.get("refused", {})
    labels = {"email": "email", "name": "your_name", "subject": "subject", "description": "describe"}
    typed = facts.get("typed", {})
    context = {
        "language": language,
        "html_language": HTML_LANGUAGES[language],
        "words": WORDS[language],
        "contact": contact,
        "fields": [(name, contact[labels[name]], typed.get(name, ""), refused.get(name, "")) for name in FIELDS],
        "on_top": "" if set(refused) & set(FIELDS) else next(iter(refused.values()), ""),
        "languages": [
            (code, LANGUAGE_NAMES[code], reverse("help-contact", args=[code]))
            for code in Language.values
            if code != language
        ],
        **facts,
    }
    answer = render(request, "tickets/contact.html", context, status=status)
    answer["Cache-Control"], answer["X-Robots-Tag"] = "no-store", "noindex"
    return answer
