"""/help/<language>/feed.atom: what was published last, in all of a language or on one shelf (RFC 4287)."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from knowledge.help_centre.shelves import address
from knowledge.help_centre.words import HTML_LANGUAGES, WORDS
from knowledge.models import Category, Translation

LATEST = 30
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # XML 1.0 has no way to write these


@require_safe
def feed(request: HttpRequest, language: str) -> HttpResponseBase:
    """The latest LATEST; ``?category=`` narrows it to a shelf. A shelf that is none answers 404."""
    slug = request.GET.get("category", "").replace("\x00", " ")[:50]
    shelf = Category.objects.filter(slug=slug).first() if slug else None
    if slug and (shelf is None or not Translation.objects.public().filter(article__category=shelf).exists()):
        return HttpResponse("No such shelf.", status=404, content_type="text/plain; charset=utf-8")
    rows = Translation.objects.public().filter(language=language).select_related("current", "article__category")
    if shelf is not None:
        rows = rows.filter(article__category=shelf)
    base, name = settings.DESK_BASE_URL, WORDS[language]["name"]
    here = f"{base}{request.path}" + (f"?category={slug}" if slug else "")
    entries = Atom1Feed(
        title=f"{name} · {shelf.name_in(language)}" if shelf else name,
        link=f"{base}{reverse('help-browse', args=[language])}",
        description="",
        language=HTML_LANGUAGES[language],
        feed_url=here,
        feed_guid=here,
    )
    for one in rows.order_by("-current__published_at", "-pk")[:LATEST]:
        assert one.current is not None
        where = f"{base}{address(language, one.slug)}"
        entries.add_item(
            title=_as_xml(one.title),
            link=where,
            description=_as_xml(one.summary),
            unique_id=f"{where}#{one.current.number}",
            updateddate=one.current.published_at,
            pubdate=one.current.published_at,
            categories=[one.article.category.name_in(language)],
        )
    answer = HttpResponse(entries.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    answer["Cache-Control"] = "public, max-age=300"
    return answer


def _as_xml(words: str) -> str:
    return NO_XML.sub(" ", words)
