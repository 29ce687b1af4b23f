"""related: where a reader may want to go from an article."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from knowledge.markdown import articles_linked
from knowledge.models import Translation
from knowledge.search.find import find

SHOWN = 4


def related(translation: Translation, *, at: datetime, reader: Any = None) -> list[Translation]:
    """The articles that it links to, in that order, then those that have most in common with its keywords."""
    readable = Translation.objects.visible_to(reader).filter(language=translation.language).exclude(pk=translation.pk)
    codes = articles_linked(translation.current.body) if translation.current else []
    by_code = {one.article.code: one for one in readable.filter(article__code__in=codes).select_related("article")}
    chosen = [by_code[code] for code in codes if code in by_code][:SHOWN]
    if len(chosen) < SHOWN:
        hits = find(translation.keywords, translation.language, reader=reader, at=at).hits
        by_id = readable.exclude(pk__in=[one.pk for one in chosen]).in_bulk([hit.translation_id for hit in hits])
        chosen += [by_id[hit.translation_id] for hit in hits if hit.translation_id in by_id]
    return chosen[:SHOWN]
