"""The chat's page: what `desk/chat.js` shows in a frame on a customer's site, in three languages."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from financy_support.desk.people.language import Language
from tickets.widget_words import WORDS


@require_safe
@never_cache
@xframe_options_exempt
def chat_page(request: HttpRequest) -> HttpResponseBase:
    """The page without a word of anybody's: its script asks the API with the token that the site, or a visitor, has.

    Only the sites of DESK_WIDGET_ORIGINS may frame it. ``?language=`` wins over the browser's.
    """
    framed_by = csp_replace({"frame-ancestors": [SELF, *settings.DESK_WIDGET_ORIGINS]})
    return framed_by(_page)(request)


def _page(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("language") or get_language() or ""
    language = asked if asked in Language.values else Language.ENGLISH.value
    return render(request, "tickets/chat.html", {"language": language, "words": WORDS[language]})
