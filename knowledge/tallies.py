"""Adding up what readers did: what a search may count on, and which questions many asked and were answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from knowledge.gaps import STEMS
from knowledge.models import PopularSearch, Tally

WINDOW, POPULAR_WITHIN = timedelta(days=90), timedelta(days=30)
ENOUGH, SHOWN = 5, 6  # so many people asked it, so many are shown
LONGEST = 60  # characters: what is longer is no question that many ask, and a search reads its beginning only

TALLY = """
    INSERT INTO knowledge_tally (translation_id, reads, helpful, votes)
    SELECT shown.id, coalesce(read.times, 0), coalesce(voted.helpful, 0), coalesce(voted.votes, 0)
    FROM knowledge_translation AS shown
    LEFT JOIN (SELECT read_id, count(*) AS times FROM knowledge_searchquery
        WHERE read_id IS NOT NULL AND asked_at > %(since)s AND asked_at <= %(at)s AND NOT led_to_ticket
        GROUP BY read_id) AS read ON read.read_id = shown.id
    LEFT JOIN (SELECT revision_id, count(*) FILTER (WHERE is_helpful) AS helpful, count(is_helpful) AS votes
        FROM knowledge_vote GROUP BY revision_id) AS voted ON voted.revision_id = shown.current_id
    WHERE read.times > 0 OR voted.votes > 0
"""
# One wording a meaning; the article that most of those who asked it read, and did not write to us afterwards.
POPULAR = f"""
    WITH asked AS (
        SELECT language, lower(words) AS words, read_id,
            {STEMS.format(language="language", words="words")} AS stems
        FROM knowledge_searchquery
        WHERE asked_at > %(since)s AND asked_at <= %(at)s AND NOT is_repeat AND NOT is_guess AND found > 0
            AND NOT led_to_ticket AND length(words) <= %(longest)s
    ), grouped AS (
        SELECT language, mode() WITHIN GROUP (ORDER BY words) AS words, count(*) AS times, stems,
            mode() WITHIN GROUP (ORDER BY read_id) FILTER (WHERE read_id IS NOT NULL) AS answer
        FROM asked WHERE stems <> '' GROUP BY language, stems HAVING count(*) >= %(enough)s
    )
    INSERT INTO knowledge_popularsearch (language, words, asked, answer_id)
    SELECT DISTINCT ON (language, words) language, words, times, answer FROM grouped
    WHERE answer IS NOT NULL ORDER BY language, words, times DESC
"""


def add_up(at: datetime) -> None:
    """Count reads, votes and popular questions anew; whoever reads meanwhile sees the former count.

    A question is popular when ENOUGH people asked it within 30 days (each counted once a day) and read an answer.
    Source: handbook 'popularity_ranking', 'popular_searches'; knowledge anchor, 'privacy floor'.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE knowledge_tally, knowledge_popularsearch IN SHARE ROW EXCLUSIVE MODE")
        Tally.objects.all().delete()
        cursor.execute(TALLY, {"since": at - WINDOW, "at": at})
        PopularSearch.objects.all().delete()
        cursor.execute(POPULAR, {"since": at - POPULAR_WITHIN, "at": at, "enough": ENOUGH, "longest": LONGEST})


def popular(language: str) -> list[PopularSearch]:
    """What many ask in a language, as long as the public can read its answer."""
    return list(PopularSearch.objects.public().filter(language=language).order_by("-asked", "words")[:SHOWN])
