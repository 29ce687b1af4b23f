"""The pages of a signed-in customer: their requests, one of them, and its files. Each act calls one verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect

from financy_support.desk.audit.acting import Act, acting
from financy_support.desk.errors import DeskError, NotFound
from tickets.api.conversation import files_seen_by
from tickets.api.find import find_ticket, row_in_scope
from tickets.api.shown import shown
from tickets.download import attachment_answer
from tickets.models import PortalSession, Ticket
from tickets.portal.doors import for_customers, sign_in_form, uploads_of
from tickets.portal.frame import portal_page
from tickets.portal.refusals import said
from tickets.portal.shown import SHOWS, Clock, list_shown, promise_said, rating_of, said_on, ticket_shown
from tickets.portal.sign_in_pages import ask_for_link
from tickets.portal.signed_in import person_of, session_of
from tickets.portal.words import PORTAL_WORDS
from tickets.workflow.rate import rate_ticket
from tickets.workflow.reopen import reopen_ticket
from tickets.workflow.reply import reply_to_ticket

TYPED = ("body", "reason", "comment")


@csrf_protect
def requests_page(request: HttpRequest, language: str) -> HttpResponse:
    """The list of who is signed in (``show``, ``page`` from 1 on), else the form; POST asks for a link."""
    if request.method == "POST":
        return ask_for_link(request, language)
    session = session_of(request)
    if session is None:
        return sign_in_form(request, language)
    show = request.GET.get("show", "")
    show = show if show in SHOWS else "open"
    number = request.GET.get("page", "")[:4]
    page = max(int(number), 1) if number.isdecimal() else 1
    clock = Clock(language, session.customer.time_zone)
    rows, has_more = list_shown(person_of(session), show=show, page=page, clock=clock, at=timezone.now())
    if page > 1 and not rows:  # past the end, of a list that may have become shorter
        return HttpResponseRedirect(f"{reverse('help-requests', args=[language])}?show={show}")
    facts = {
        "rows": rows,
        "show": show,
        "shows": [(code, PORTAL_WORDS[language][code]) for code in SHOWS],
        "none": PORTAL_WORDS[language][f"none_{show}"],
        "earlier": page + 1 if has_more else 0,
        "later": page - 1,
    }
    query = f"?show={show}&page={page}"
    return portal_page(request, "list", language, facts, query=query, session=session)


@for_customers("GET", "HEAD", "POST")
def request_page(request: HttpRequest, language: str, *, session: PortalSession, reference: str) -> HttpResponse:
    """One request and what was said; POST with ``do`` (reply, reopen, rate) calls that verb in the customer's name."""
    person = person_of(session)
    refused: Mapping[str, str] = {}
    status = 200
    try:
        if request.method == "POST":
            do = request.POST.get("do", "")
            if do not in ACTS:
                row_in_scope(reference, person)
                refused, status = {"": PORTAL_WORDS[language]["unknown_act"]}, 400
            else:
                with acting(by=person, channel="help", reason="on the page of their requests") as act:
                    ACTS[do](find_ticket(reference, person), request, act)
                return HttpResponseRedirect(f"{reverse('help-request', args=[language, reference])}?done={do}")
    except NotFound:
        return _missing(request, language, session, reference)
    except DeskError as refusal:
        refused, status = said(refusal, language), refusal.status
    return _request(request, language, session, reference, refused, status)


@for_customers("GET", "HEAD")
def file_page(
    request: HttpRequest, language: str, *, session: PortalSession, reference: str, number: int
) -> HttpResponseBase:
    """A file of a request, always as a download; knowing its address is not enough."""
    person = person_of(session)
    try:
        ticket = find_ticket(reference, person)
        if not files_seen_by(person).filter(ticket=ticket, pk=number).exists():
            raise NotFound
        return attachment_answer(ticket, number)
    except (NotFound, Http404):
        return _missing(request, language, session, reference)


def _reply(ticket: Ticket, request: HttpRequest, act: Act) -> None:
    uploads = uploads_of(request)
    body = request.POST.get("body", "")
    if uploads and not body.strip():
        body = ", ".join(one.name for one in uploads)  # as at the API: who sends files alone is heard, too
    reply_to_ticket(ticket, body=body, uploads=uploads, by=act.by, at=act.at)


def _reopen(ticket: Ticket, request: HttpRequest, act: Act) -> None:
    reopen_ticket(ticket, reason=request.POST.get("reason", ""), by=act.by, at=act.at)


def _rate(ticket: Ticket, request: HttpRequest, act: Act) -> None:
    typed = request.POST.get("score", "")
    score = int(typed) if typed in ("1", "2", "3", "4", "5") else 0
    rate_ticket(ticket, score=score, comment=request.POST.get("comment", ""), by=act.by, at=act.at)


ACTS: Mapping[str, Callable[[Ticket, HttpRequest, Act], None]] = {"reply": _reply, "reopen": _reopen, "rate": _rate}


def _request(
    request: HttpRequest, language: str, session: PortalSession, reference: str, refused: Any, status: int
) -> HttpResponse:
    person, at = person_of(session), timezone.now()
    clock = Clock(language, session.customer.time_zone)
    try:
        row = row_in_scope(reference, person)
    except NotFound:
        return _missing(request, language, session, reference)
    ticket = ticket_shown(shown(row, reader=person, at=at), person=person, clock=clock)
    reference = ticket["reference"]
    cycle, score = rating_of(reference)
    own = PORTAL_WORDS[language]
    done = request.GET.get("done", "")
    facts = {
        "ticket": ticket,
        "said": said_on(reference, person=person, clock=clock),
        "promise": promise_said(reference, person=person, clock=clock, at=at),
        "done": own[f"done_{done}"] if done in ACTS else "",
        "refused": refused,
        "on_top": next((text for name, text in refused.items() if name not in ("body", "reason", "attachments")), ""),
        "typed": {name: request.POST.get(name, "") for name in TYPED},
        "scores": [(number, own[f"score_{number}"]) for number in (5, 4, 3, 2, 1)],
        "score": score,
        "may_rate": bool(cycle) and not score and ticket["is_own"] and ticket["is_ended"],
        "may_reply": ticket["is_own"] and ticket["status"] != "closed",
        "may_reopen": ticket["is_own"] and ticket["status"] == "resolved",
    }
    address = ("help-request", reference)
    return portal_page(request, "request", language, facts, address=address, session=session, status=status)


def _missing(request: HttpRequest, language: str, session: PortalSession, reference: str) -> HttpResponse:
    """Another customer's, and none at all: the two look alike."""
    address = ("help-request", reference)
    return portal_page(request, "missing", language, {}, address=address, session=session, status=404)
