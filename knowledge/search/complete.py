"""complete: what the search box offers while somebody types; titles, keywords and summaries, never the texts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from knowledge.models import Translation
from knowledge.search.asked import WORD, bare, clean
from knowledge.search.find import Hit, find

FEWEST, OFFERED, ENOUGH = 2, 6, 3
WORTH = "{0, 0.2, 0.6, 1.0}"


def complete(words: str, language: str, *, reader: Any, at: datetime) -> list[Hit]:
    """Up to OFFERED articles whose title, keywords or summary have a word that begins as the last one typed does.

    Words before it must be met too. When that gives fewer than ENOUGH, what a search for the words finds follows.
    Source: handbook 'auto_suggestions'; knowledge anchor §2.1 (bodies are too many for a prefix).
    """
    typed = WORD.findall(clean(words))
    if not typed or len("".join(typed)) < FEWEST:
        return []
    *before, last = typed
    offered = _beginning(before, last, language, reader)
    if len(offered) < ENOUGH:
        known = {one.translation_id for one in offered}
        offered += [hit for hit in find(words, language, reader=reader, at=at, limit=OFFERED).hits
                    if hit.translation_id not in known]  # fmt: skip
    return offered[:OFFERED]


def _beginning(before: list[str], last: str, language: str, reader: Any) -> list[Hit]:
    begins = " & ".join(f"'{piece}':*" for piece in WORD.findall(bare(last).replace("'", " ").replace("’", " ")))
    query = (
        "(%s::tsquery || phraseto_tsquery(public.knowledge_rules(%s), public.knowledge_fold(%s, %s)))"
        " && plainto_tsquery(public.knowledge_rules(%s), public.knowledge_fold(%s, %s))"
    )
    facts = [begins.replace("-", " "), language, language, last, language, language, " ".join(before)]
    rows = (
        Translation.objects.visible_to(reader)
        .filter(language=language)
        .annotate(
            worth=RawSQL(f"ts_rank(%s::float4[], head, {query})", [WORTH, *facts]),
        )
        .filter(RawSQL(f"head @@ ({query})", facts, BooleanField()))
        .order_by("-worth", "title", "id")
        .values_list("pk", "title", "slug", "summary", "worth")[:OFFERED]
    )
    return [Hit(pk, title, slug, summary, worth) for pk, title, slug, summary, worth in rows]
