"""/help/<language>/<slug>/files/<name>: a picture or attachment, for whoever may read the page that names it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.http import require_safe

from knowledge.files import file_answer, files_seen_by
from knowledge.models import Translation

KEPT_FOR = 300  # seconds, as long as the page that shows it


@require_safe
def article_file(request: HttpRequest, language: str, slug: str, name: str) -> HttpResponse:
    """As the page: only what the public reads, and of its files only those that the published words name."""
    translation = Translation.objects.public().filter(language=language, slug=slug).select_related("current").first()
    named = files_seen_by(None, translation).filter(name=name) if translation else None
    file = named.first() if named is not None and "\x00" not in name else None
    if file is None:
        return HttpResponseNotFound(content_type="text/plain; charset=utf-8")
    answer = file_answer(file)
    answer["Cache-Control"] = f"public, max-age={KEPT_FOR}"
    return answer
