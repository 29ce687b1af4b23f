"""What is owed to articles: duties start, are met and end here; the sweeper does the rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from knowledge.models import Article, ArticleDeadline, ArticleDuty

# Handbook 'maintenance_process': quarterly. Overdue for a month, an article leaves the help centre.
QUARTER, GRACE, RELEASE_CHECK, URGENT_APPROVAL = (
    timedelta(days=91), timedelta(days=30), timedelta(days=7), timedelta(hours=24),
)  # fmt: skip


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


def found_true(article: Article, at: datetime) -> None:
    """The article was looked over (or has just been written): it is checked, and the next looks are owed.

    Source: handbook 'maintenance_frequency' and 'maintenance_process'.
    """
    every = article.category.every
    article.checked_at, article.withdrawn_at = at, None
    article.review_due_at = at + (every or QUARTER)
    article.save(update_fields=["checked_at", "withdrawn_at", "review_due_at"])
    if every:
        owe(article, ArticleDuty.LOOK_OVER, within=every, source=f"category {article.category.slug}", at=at)
    owe(article, ArticleDuty.QUARTERLY_REVIEW, within=QUARTER, source="quarterly", at=at)
    owe(article, ArticleDuty.WITHDRAWAL, within=(every or QUARTER) + GRACE, source="overdue for 30 days", at=at)
    meet_duty(article, ArticleDuty.RELEASE_CHECK, at=at)
