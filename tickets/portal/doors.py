"""The door of every page of the portal: who is signed in, how much may come at once, and no form of another site's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from financy_support.api.throttles import count_request
from tickets.files import LARGEST_FILE, MOST_FILES, Upload
from tickets.portal.frame import portal_page
from tickets.portal.signed_in import session_of
from tickets.portal.words import PORTAL_WORDS

LARGEST_FORM = (MOST_FILES + 1) * LARGEST_FILE
ACTS_A_MINUTE = 20  # by one customer: more than a person does, and few enough files for a disk


def for_customers(*methods: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A page for who is signed in, called with ``session``; anybody else gets the form to sign in, and comes back here.

    Django's check of forms reads the whole body; what is too large is refused before.
    """

    def door(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        checked = csrf_protect(page)

        @csrf_exempt
        @wraps(page)
        def opened(request: HttpRequest, language: str, **kwargs: Any) -> HttpResponseBase:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            session = session_of(request)
            if session is None:
                return sign_in_form(request, language, ticket=kwargs.get("reference", ""), status=403)
            if request.method == "POST":
                if is_larger(request, LARGEST_FORM):
                    return refusal_page(request, language, "too_large", status=413)
                counted = count_request(f"portal:{session.customer_id}")
                if counted and counted[0] > ACTS_A_MINUTE:
                    return refusal_page(request, language, "too_many", status=429, wait=counted[1])
            return checked(request, language, session=session, **kwargs)

        return opened

    return door


def sign_in_form(
    request: HttpRequest, language: str, *, ticket: str = "", status: int = 200, **facts: Any
) -> HttpResponse:
    """The form that asks for a link; ``ticket`` is the request to which the link shall lead."""
    address = ("help-request", ticket) if ticket else ("help-requests",)
    facts = {"ticket": ticket[:32], "typed": "", "refused": {}, **facts}
    return portal_page(request, "sign_in", language, facts, address=address, status=status)


def refusal_page(request: HttpRequest, language: str, why: str, *, status: int, wait: int = 0) -> HttpResponse:
    """A page that says why nothing was done; what was typed is one step back in the browser."""
    facts = {"why": PORTAL_WORDS[language][why], "next": ""}
    answer = portal_page(request, "refused", language, facts, session=session_of(request), status=status)
    if wait:
        answer["Retry-After"] = str(wait)
    return answer


def is_larger(request: HttpRequest, most: int) -> bool:
    """Whether the form says of itself that it has more bytes than ``most``; servers read no more than it says."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    return said.isdecimal() and int(said) > most


def uploads_of(request: HttpRequest, field: str = "files") -> Sequence[Upload]:
    """The files of a form as they were handed in; ``tickets/files.py`` says which are taken."""
    return [Upload(one.name or "", one.content_type or "", one.read()) for one in request.FILES.getlist(field)]
