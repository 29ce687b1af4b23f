"""Who is signed in: a signed cookie for /help/ alone names a session, whose row says whether it still holds."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from financy_support.desk.people.user import User
from tickets.models import PortalSession
from tickets.portal.tokens import cookie_of, session_in
from tickets.workflow.sign_in import LASTS

COOKIE, PATH = "desk_requests", "/help/"


def session_of(request: HttpRequest) -> PortalSession | None:
    """The session of this browser, with its customer and their log-in; None when it is over, for whatever reason."""
    number = session_in(request.COOKIES.get(COOKIE, ""))
    if number is None:
        return None
    rows = PortalSession.objects.select_related("customer__user", "customer__organisation")
    session: PortalSession | None = rows.filter(pk=number).first()
    return session if session and not session.why_over(timezone.now()) else None


def person_of(session: PortalSession) -> User:
    """In whose name a signed-in customer acts."""
    person = session.customer.user
    assert person is not None  # a session without a log-in is over
    return person


def remember(answer: HttpResponse, session: PortalSession, request: HttpRequest) -> None:
    """Give the browser its cookie. No script reads it, and no other site's form or frame sends it along."""
    answer.set_cookie(
        COOKIE,
        cookie_of(session),
        max_age=int(LASTS.total_seconds()),
        path=PATH,
        secure=request.is_secure() or settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(answer: HttpResponse) -> None:
    answer.delete_cookie(COOKIE, path=PATH, samesite="Lax")
