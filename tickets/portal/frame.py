"""A page of the portal in the frame of the help centre: nobody's cache keeps it, no search engine lists it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from financy_support.desk.people.language import Language
from knowledge.help_centre.words import HTML_LANGUAGES, LANGUAGE_NAMES, WORDS
from tickets.models import PortalSession
from tickets.portal.words import PORTAL_WORDS


def portal_page(
    request: HttpRequest,
    name: str,
    language: str,
    facts: Mapping[str, Any],
    *,
    address: Sequence[str] = ("help-requests",),
    query: str = "",
    session: PortalSession | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render ``tickets/portal/<name>.html``; ``address`` and ``query`` are the page's own, in any language."""
    route, *rest = address
    context = {
        "language": language,
        "html_language": HTML_LANGUAGES[language],
        "words": WORDS[language],
        "own": PORTAL_WORDS[language],
        "session": session,
        "languages": [
            (code, LANGUAGE_NAMES[code], reverse(route, args=[code, *rest]) + query)
            for code in Language.values
            if code != language
        ],
        **facts,
    }
    answer = render(request, f"tickets/portal/{name}.html", context, status=status)
    answer["Cache-Control"], answer["X-Robots-Tag"] = "no-store", "noindex"
    return answer
