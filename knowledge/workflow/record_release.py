"""record_release: the product changed; articles that follow its releases are to be checked."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Invalid, NotAllowed
from financy_support.desk.people.user import User
from knowledge.duties import RELEASE_CHECK, owe
from knowledge.models import Article, ArticleDuty, Release, Rhythm, Translation


def record_release(*, name: str, notes: str = "", by: User, at: datetime) -> Release:
    """Keep a release of the product once, and owe each published article of its rhythm a check within seven days.

    A release that is known already (by name) is returned as it is. Raises NotAllowed, Invalid naming the field.
    Source: handbook 'accuracy_verification': with_each_product_update; 'maintenance_frequency': with_each_release.
    """
    current_act(by)
    if not (by.is_superuser or by.is_agent or "knowledge:write" in by.scopes):
        raise NotAllowed("Releases are recorded by staff, or by a tool with the scope knowledge:write.")
    name = name.strip()
    if not name or len(name) > 100:
        raise Invalid("Give the release's name, of 100 characters at most: 2026.11.3.", field="name")
    release, is_new = Release.objects.get_or_create(name=name, defaults={"notes": notes[:5000], "released_at": at})
    if is_new:
        shown = Translation.objects.filter(current__isnull=False).values("article_id")
        follows = Article.objects.filter(pk__in=shown, retired_at__isnull=True)
        for article in follows.filter(category__rhythm=Rhythm.WITH_EACH_RELEASE).order_by("pk"):
            owe(article, ArticleDuty.RELEASE_CHECK, within=RELEASE_CHECK, source=f"release {name}"[:120], at=at)
    return release
