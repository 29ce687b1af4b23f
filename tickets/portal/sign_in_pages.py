"""Asking for a link, the page behind the link, and signing out."""

from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect

from financy_support.api.throttles import count_request
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import DeskError
from financy_support.desk.people.user import SystemActor, system_actor
from tickets.models import PortalLink, PortalSession
from tickets.models.ticket import pk_of
from tickets.portal.doors import for_customers, refusal_page, sign_in_form
from tickets.portal.frame import portal_page
from tickets.portal.refusals import said
from tickets.portal.signed_in import forget, person_of, remember, session_of
from tickets.portal.tokens import LinkRefused, SignInLink, read_link, require_usable, ticket_of
from tickets.workflow.request_sign_in import request_sign_in
from tickets.workflow.sign_in import sign_in, sign_out

ASKED_A_MINUTE = 10  # by one address on the network
OPENED_A_MINUTE = 60
TAKES = 0.1  # seconds at least, so that the clock does not tell whom we know


def ask_for_link(request: HttpRequest, language: str) -> HttpResponse:
    """The same answer whether or not we know the address, after the same time."""
    began = time.monotonic()
    counted = count_request(f"sign-in:{request.META.get('REMOTE_ADDR', '')}")
    if counted and counted[0] > ASKED_A_MINUTE:
        return refusal_page(request, language, "too_many", status=429, wait=counted[1])
    typed, ticket = request.POST.get("email", "")[:320], request.POST.get("ticket", "")[:32]
    ticket = ticket if pk_of(ticket) else ""
    public = system_actor(SystemActor.PUBLIC)
    try:
        with acting(by=public, channel="help", reason="asked for a link to sign in") as act:
            request_sign_in(email=typed, ticket=ticket, by=public, at=act.at)
    except DeskError as refusal:
        refused = said(refusal, language)
        return sign_in_form(request, language, ticket=ticket, typed=typed, refused=refused, status=refusal.status)
    time.sleep(max(0.0, began + TAKES - time.monotonic()))
    return portal_page(request, "asked", language, {})


@csrf_protect
def link_page(request: HttpRequest, language: str, token: str) -> HttpResponseBase:
    """GET shows a button and changes nothing, since programs that scan mail open every link; POST signs in."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    counted = count_request(f"link:{request.META.get('REMOTE_ADDR', '')}")
    if counted and counted[0] > OPENED_A_MINUTE:
        return refusal_page(request, language, "too_many", status=429, wait=counted[1])
    public = system_actor(SystemActor.PUBLIC)
    try:
        named = read_link(token)
        with acting(by=public, channel="help", reason="a link to sign in") as act:
            link = PortalLink.objects.filter(pk=named.link_id).first()
            if link is None:
                raise LinkRefused("This link opens nothing any more.")
            session = session_of(request)
            if session and session.link_id == link.pk:  # pressed twice, or opened in a second tab
                return _onwards(language, named)
            if request.method == "POST":
                return _signed_in(request, language, named, sign_in(link, by=public, at=act.at))
            require_usable(link, act.at)
    except LinkRefused as refusal:
        return _refused(request, language, token, refusal)
    return portal_page(request, "link", language, {}, address=("help-requests-link", token))


@for_customers("POST")
def sign_out_page(request: HttpRequest, language: str, *, session: PortalSession) -> HttpResponse:
    """Ends the session on this browser; those on others go on."""
    person = person_of(session)
    with acting(by=person, channel="help", reason="signed out") as act:
        sign_out(session, by=person, at=act.at)
    answer = sign_in_form(request, language, is_signed_out=True)
    forget(answer)
    return answer


def _signed_in(request: HttpRequest, language: str, named: SignInLink, session: PortalSession) -> HttpResponse:
    answer = _onwards(language, named)
    remember(answer, session, request)
    return answer


def _onwards(language: str, named: SignInLink) -> HttpResponse:
    ticket = ticket_of(named)
    where = reverse("help-request", args=[language, ticket]) if ticket else reverse("help-requests", args=[language])
    answer = HttpResponseRedirect(where)
    answer["Cache-Control"] = "no-store"
    return answer


def _refused(request: HttpRequest, language: str, token: str, refusal: DeskError) -> HttpResponse:
    why = said(refusal, language)[""]
    address = ("help-requests-link", token) if len(token) < 300 else ("help-requests",)
    facts = {"why": why, "next": "again"}
    return portal_page(request, "refused", language, facts, address=address, status=refusal.status)
