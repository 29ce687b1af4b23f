"""/help/<language>/contact/: writing to us, with answers offered while somebody types; works without scripts."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from financy_support.api.throttles import count_request
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import DeskError
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.help_centre.words import HTML_LANGUAGES, LANGUAGE_NAMES, WORDS
from knowledge.visitors import visitor_of
from tickets.contact_words import CONTACT_WORDS
from tickets.files import LARGEST_FILE
from tickets.models import PortalSession, Ticket
from tickets.portal.doors import LARGEST_FORM, is_larger, uploads_of
from tickets.portal.refusals import said
from tickets.portal.signed_in import person_of, session_of
from tickets.portal.words import PORTAL_WORDS
from tickets.workflow.note_trail import note_trail
from tickets.workflow.open import open_ticket
from tickets.workflow.open_by_form import open_by_form

ASKED_A_MINUTE = 10  # by one address
FIELDS = ("email", "name", "subject", "description")
OF_CUSTOMERS = ("subject", "description")  # who they are, their session says
LARGEST_OF_ANYBODY = LARGEST_FILE + 1024 * 1024  # of who proves nothing, all files together


@csrf_exempt  # without a session no log-in and no cookie stands behind this form; with one, the check is asked below
def contact_page(request: HttpRequest, language: str) -> HttpResponse:
    """GET shows the form (``?subject=`` fills it in), POST opens a ticket and says its reference.

    Who is signed in (``tickets/portal/``) asks in their own name; anybody else for whoever has the address given.
    """
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    session = session_of(request)
    if request.method != "POST":
        facts = {"typed": {"subject": request.GET.get("subject", "")[:200]}}
        return _page(request, language, session, facts)
    if is_larger(request, LARGEST_FORM if session else LARGEST_OF_ANYBODY):  # before a byte of it is read
        too_large = {"": PORTAL_WORDS[language]["too_large"]}
        return _page(request, language, session, {"refused": too_large}, status=413)
    answer: HttpResponse = (_checked if session else _take)(request, language, session)
    return answer


def _take(request: HttpRequest, language: str, session: PortalSession | None) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in (OF_CUSTOMERS if session else FIELDS)}
    counted = count_request(f"contact:{request.META.get('REMOTE_ADDR', '')}")
    if counted and counted[0] > ASKED_A_MINUTE:
        refused = {"": CONTACT_WORDS[language]["too_many"]}
        answer = _page(request, language, session, {"typed": typed, "refused": refused}, status=429)
        answer["Retry-After"] = str(counted[1])
        return answer
    try:
        ticket = _open_as(session, request, language, typed) if session else _open(request, language, typed)
        return _page(request, language, session, {"ticket": ticket}, status=201)
    except DeskError as refusal:
        facts = {"typed": typed, "refused": said(refusal, language)}
        return _page(request, language, session, facts, status=refusal.status)


_checked = csrf_protect(_take)


def _open(request: HttpRequest, language: str, typed: dict[str, str]) -> Ticket:
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="help", reason="the contact form") as act:
        visitor, uploads = visitor_of(request, act.at), uploads_of(request)
        return open_by_form(**typed, language=language, visitor=visitor, uploads=uploads, by=public, at=act.at)


def _open_as(session: PortalSession, request: HttpRequest, language: str, typed: dict[str, str]) -> Ticket:
    """In the customer's own name; what they had searched is the desk's own note, in the same transaction."""
    person, public = person_of(session), system_actor(SystemActor.PUBLIC)
    with transaction.atomic():
        with acting(by=person, channel="help", reason="the contact form, signed in") as act:
            ticket = open_ticket(
                customer=session.customer,
                subject=typed["subject"],
                description=typed["description"],
                language=language,
                uploads=uploads_of(request),
                by=person,
                at=act.at,
            )
        with acting(by=public, channel="help", reason="the contact form, signed in") as act:
            note_trail(ticket, visitor=visitor_of(request, act.at), by=public, at=act.at)
    return ticket


def _page(
    request: HttpRequest, language: str, session: PortalSession | None, facts: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    contact = CONTACT_WORDS[language]
    refused = facts.get("refused", {})
    labels = {"email": "email", "name": "your_name", "subject": "subject", "description": "describe"}
    typed, fields = facts.get("typed", {}), OF_CUSTOMERS if session else FIELDS
    context = {
        "language": language,
        "html_language": HTML_LANGUAGES[language],
        "words": WORDS[language],
        "contact": contact,
        "own": PORTAL_WORDS[language],
        "session": session,
        "fields": [(name, contact[labels[name]], typed.get(name, ""), refused.get(name, "")) for name in fields],
        "on_top": "" if set(refused) & {*fields, "attachments"} else next(iter(refused.values()), ""),
        "languages": [
            (code, LANGUAGE_NAMES[code], reverse("help-contact", args=[code]))
            for code in Language.values
            if code != language
        ],
        **facts,
        "refused": refused,
    }
    answer = render(request, "tickets/contact.html", context, status=status)
    answer["Cache-Control"], answer["X-Robots-Tag"] = "no-store", "noindex"
    return answer
