"""check_article: somebody looked it over and found it true; readers see the day."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict
from financy_support.desk.people.user import User
from knowledge.duties import found_true, hold, meet_duty
from knowledge.models import Article, ArticleDuty
from knowledge.revision_gates import require_writer


def check_article(article: Article, *, by: User, at: datetime) -> Article:
    """It is true and still needed: what was owed is met, the next looks are owed, and it stands again if it had left.

    Raises NotAllowed, Conflict for a retired article, or one that readers have never seen.
    Source: handbook 'maintenance_process'.
    """
    require_writer(by)
    taken = hold(article)
    if taken.retired_at or not taken.translations.filter(current__isnull=False).exists():
        raise Conflict("Readers do not have this article: there is nothing to check.", code="state")
    for duty in (ArticleDuty.LOOK_OVER, ArticleDuty.QUARTERLY_REVIEW, ArticleDuty.WITHDRAWAL):
        meet_duty(taken, duty, at=at)
    found_true(taken, at)
    taken.version += 1
    taken.save(update_fields=["version"])
    return taken
