"""What is owed to articles: duties start, are met and end here; the sweeper does the rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from knowledge.models import Article, ArticleDeadline, ArticleDuty, Revision
from knowledge.practices import span_of

GRACE, RELEASE_CHECK, URGENT_APPROVAL = timedelta(days=30), timedelta(days=7), timedelta(hours=24)


def hold(article: Article) -> Article:
    """The article as it is now, locked: what is shown of it and what is owed to it change one at a time.

    Whoever needs the lock of a translation takes that first.
    """
    return Article.objects.select_for_update(of=("self",), no_key=True).select_related("category").get(pk=article.pk)


def owe(article: Article, duty: ArticleDuty, *, within: timedelta, source: str, at: datetime) -> None:
    """Start a duty, anew if it runs already. ``source`` names the rule."""
    ArticleDeadline.objects.filter(article=article, kind=duty).open().cancel(at, reason="begun anew")
    ArticleDeadline(article=article, kind=duty, target=within, policy_source=source).start(at).save()


def meet_duty(article: Article, duty: ArticleDuty, *, at: datetime) -> None:
    """Whoever did it: the duty is met; nothing happens when none runs."""
    for deadline in ArticleDeadline.objects.filter(article=article, kind=duty).open():
        deadline.meet(at)
        deadline.save()


def end_duties(article: Article, *, because: str, at: datetime) -> None:
    """Nothing more is owed to what readers do not see."""
    ArticleDeadline.objects.filter(article=article).open().cancel(at, reason=because)


def settle_urgent_approval(article: Article, *, at: datetime) -> None:
    """An approval is owed as long as readers see words that went at once and that no expert signed.

    Called on a held article whenever what is shown changes: the first promise stands when more goes at once, in
    whatever language, and ends when nothing unsigned is shown any more.
    """
    owed = ArticleDeadline.objects.filter(article=article, kind=ArticleDuty.URGENT_APPROVAL).open()
    if article.retired_at or not shows_unsigned(article):
        owed.cancel(at, reason="readers see no unsigned words")
    elif not owed.exists():
        source = "immediate_for_critical"
        owe(article, ArticleDuty.URGENT_APPROVAL, within=URGENT_APPROVAL, source=source, at=at)


def shows_unsigned(article: Article) -> bool:
    """Whether some language of it shows words that went at once and were not approved since."""
    at_once = Revision.objects.filter(shown_by__article=article).exclude(urgent_because="")
    return at_once.exclude(approved_digest=F("digest")).exists()


def found_true(article: Article, at: datetime) -> None:
    """The article was looked over (or has just been written): it is checked, and the next looks are owed.

    Source: handbook 'maintenance_frequency' and 'maintenance_process'.
    """
    every, review = article.category.every, span_of("maintenance_process", "regular_reviews")
    removal = every or span_of("maintenance_process", "obsolete_content_removal")
    article.checked_at, article.withdrawn_at = at, None
    article.review_due_at = at + (every or review)
    article.save(update_fields=["checked_at", "withdrawn_at", "review_due_at"])
    if every:
        owe(article, ArticleDuty.LOOK_OVER, within=every, source=f"category {article.category.slug}", at=at)
    owe(article, ArticleDuty.QUARTERLY_REVIEW, within=review, source="regular_reviews", at=at)
    owe(article, ArticleDuty.WITHDRAWAL, within=removal + GRACE, source="overdue for 30 days", at=at)
    meet_duty(article, ArticleDuty.RELEASE_CHECK, at=at)
