"""The survey page behind the link: it asks, and one click on a button rates; opening it changes nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from financy_support.api.throttles import count_request
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, DeskError, Invalid
from financy_support.desk.people.user import SystemActor, system_actor
from tickets.models import SatisfactionRating, Ticket
from tickets.survey import LinkExpired, LinkRefused, Survey, read_token
from tickets.workflow.rate import rate_ticket

ASKED_A_MINUTE = 30  # by one address, of all survey pages together


@csrf_exempt  # the signed link is what allows it: no log-in and no cookie stands behind this form
def survey_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST with ``score`` (1 to 5) and ``comment`` rates; works without log-in, cookies and scripts."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    with translation.override(translation.get_language_from_request(request)):
        counted = count_request(f"survey:{request.META.get('REMOTE_ADDR', '')}")
        if counted and counted[0] > ASKED_A_MINUTE:
            return _page(request, _("Too many at once. Try again in a minute."), status=429, wait=counted[1])
        try:
            survey = read_token(token, at=timezone.now())
        except LinkRefused as refusal:
            return _refused(request, refusal)
        ticket = _ticket_of(survey)
        if ticket is None:
            return _refused(request, LinkRefused(""))
    with translation.override(ticket.language):
        if SatisfactionRating.objects.filter(ticket=ticket, cycle=survey.cycle).exists():
            return _page(request, _("You have rated this already. Thank you!"), ticket=ticket)
        return _rate(request, ticket, survey) if request.method == "POST" else _ask(request, ticket)


def _ask(request: HttpRequest, ticket: Ticket, problem: str = "", status: int = 200) -> HttpResponse:
    scores = [
        (5, _("Very good")), (4, _("Good")), (3, _("Fair")), (2, _("Poor")), (1, _("Very poor")),
    ]  # fmt: skip
    typed = request.POST.get("comment", "")[:5000]
    facts: dict[str, Any] = {"ticket": ticket, "scores": scores, "problem": problem, "comment": typed}
    return _page(request, _("How well did we help you?"), status=status, **facts)


def _rate(request: HttpRequest, ticket: Ticket, survey: Survey) -> HttpResponse:
    typed = request.POST.get("score", "")
    score = int(typed) if typed in ("1", "2", "3", "4", "5") else 0
    visitor = system_actor(SystemActor.PUBLIC)
    try:
        with acting(by=visitor, channel="survey", reason="rated by the link of the survey") as act:
            comment = request.POST.get("comment", "")
            rate_ticket(ticket, score=score, comment=comment, cycle=survey.cycle, by=visitor, at=act.at)
    except Invalid as refusal:
        too_long = any(one.field == "comment" for one in refusal.problems)
        said = (
            _("The comment is too long: 5,000 characters are the most.") if too_long else _("Choose one of the five.")
        )
        return _ask(request, ticket, said, refusal.status)
    except Conflict:
        return _page(request, _("This cannot be rated now. Reply to our message: that reaches us."), status=409)
    return _page(request, _("Thank you! Your rating has reached us."), ticket=ticket)


def _refused(request: HttpRequest, refusal: DeskError) -> HttpResponse:
    is_old = isinstance(refusal, LinkExpired)
    said = _("This link has expired.") if is_old else _("This link does not work.")
    return _page(request, said, status=refusal.status)


def _page(request: HttpRequest, title: str, *, status: int = 200, wait: int = 0, **facts: Any) -> HttpResponse:
    context = {
        "title": title,
        "support": settings.DESK_SUPPORT_ADDRESS,
        "language": translation.get_language(),
        **facts,
    }
    answer = render(request, "tickets/survey.html", context, status=status)
    answer["Cache-Control"], answer["X-Robots-Tag"], answer["Referrer-Policy"] = "no-store", "noindex", "no-referrer"
    if wait:
        answer["Retry-After"] = str(wait)
    return answer


def _ticket_of(survey: Survey) -> Ticket | None:
    return Ticket.objects.filter(pk=survey.ticket_id, customer__erased_at__isnull=True).first()
