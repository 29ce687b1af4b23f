"""/help/sitemap.xml: every public article in every language, each beside its translations."""

from __future__ import annotations

from collections import defaultdict
from xml.etree.ElementTree import Element, SubElement, tostring

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from knowledge.help_centre.shelves import address
from knowledge.help_centre.words import HTML_LANGUAGES
from knowledge.models import Translation

SITEMAP, XHTML = "http://www.sitemaps.org/schemas/sitemap/0.9", "http://www.w3.org/1999/xhtml"


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """As sitemaps.org writes it, with hreflang links (Google 'Localized versions of your pages')."""
    rows = Translation.objects.public().select_related("current").order_by("article_id", "language")
    together: dict[int, list[Translation]] = defaultdict(list)
    for row in rows:
        together[row.article_id].append(row)
    root = Element("urlset", {"xmlns": SITEMAP, "xmlns:xhtml": XHTML})
    for translations in together.values():
        for one in translations:
            entry = SubElement(root, "url")
            SubElement(entry, "loc").text = f"{settings.DESK_BASE_URL}{address(one.language, one.slug)}"
            if one.current and one.current.published_at:
                SubElement(entry, "lastmod").text = f"{one.current.published_at:%Y-%m-%d}"
            for other in translations:
                href = f"{settings.DESK_BASE_URL}{address(other.language, other.slug)}"
                facts = {"rel": "alternate", "hreflang": HTML_LANGUAGES[other.language], "href": href}
                SubElement(entry, "xhtml:link", facts)
    answer = HttpResponse(tostring(root, encoding="utf-8", xml_declaration=True), content_type="application/xml")
    answer["Cache-Control"] = "public, max-age=3600"
    return answer
