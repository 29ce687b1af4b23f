"""What readers find where: the shelves of a language, one article with what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import override

from knowledge.files import files_seen_by
from knowledge.help_centre.words import WORDS
from knowledge.markdown import Shown, html_of, steps_of
from knowledge.models import Category, Feedback, FeedbackState, LearningResource, Revision, Significance, Translation

COMMENTS = 30


@dataclass(frozen=True)
class Shelf:
    """A category as readers of a language see it; ``articles`` in their order."""

    slug: str
    name: str
    articles: list[Translation]


@dataclass(frozen=True)
class Page:
    """An article as it is read; ``others`` are its addresses in the other languages, ``stale_at`` the source's one."""

    translation: Translation
    html: str
    headings: list[tuple[str, str]]
    tags: list[str]
    others: dict[str, str]
    steps: list[str]
    stale_at: str
    learning: list[LearningResource]

    @property
    def checked_on(self) -> str:
        """The day when somebody last found it true, as its readers write days; empty when nobody has yet."""
        checked_at = self.translation.article.checked_at
        with override(self.translation.language):
            return date_format(checked_at, "DATE_FORMAT") if checked_at else ""


def shelves(language: str, *, tag: str = "") -> list[Shelf]:
    """All categories that hold something for the public of ``language``; with ``tag`` only what has it."""
    found: dict[Category, list[Translation]] = {}
    rows = Translation.objects.public().filter(language=language).select_related("article__category")
    if tag:
        rows = rows.filter(article__tagged__tag__slug=tag)
    for row in rows.order_by("article__category__position", "article__position", "title"):
        found.setdefault(row.article.category, []).append(row)
    return [Shelf(one.slug, one.name_in(language), articles) for one, articles in found.items()]


def page_of(translation: Translation) -> Page:
    """Its text as safe HTML with links that readers of its language can follow."""
    revision = translation.current
    assert revision is not None
    shown = Translation.objects.public()
    addresses = {
        code: address(language, slug)
        for code, language, slug in shown.filter(language=translation.language).values_list(
            "article__code", "language", "slug"
        )
    }
    others = {
        one.language: address(one.language, one.slug)
        for one in shown.filter(article=translation.article_id).exclude(pk=translation.pk).order_by("language")
    }
    files = {
        one.name: Shown(file_address(translation, one.name), one.width, one.height)
        for one in files_seen_by(None, translation)
    }
    video = WORDS[translation.language]["video"]
    html = html_of(revision.body, address_of=addresses.get, file_of=files.get, video=video)
    in_its_language = Q(language=translation.language) | Q(language="")
    return Page(
        translation,
        html,
        headings=_headings(html),
        tags=list(translation.article.tagged.order_by("tag__slug").values_list("tag__slug", flat=True)),
        others=others,
        steps=steps_of(revision.body),
        stale_at=others.get("en", "") if _is_stale(revision) else "",
        learning=list(LearningResource.objects.filter(in_its_language, article=translation.article_id)),
    )


def comments_on(translation: Translation) -> list[Feedback]:
    """What readers said of it and somebody found fit to be shown, newest first."""
    shown = Feedback.objects.filter(translation=translation, state=FeedbackState.SHOWN, customer__erased_at=None)
    return list(shown.order_by("-id")[:COMMENTS])


def address(language: str, slug: str) -> str:
    """Where an article is read."""
    return reverse("help-article", args=[language, slug])


def file_address(translation: Translation, name: str) -> str:
    """Where a file of an article is."""
    return reverse("help-file", args=[translation.language, translation.slug, name])


def _headings(html: str) -> list[tuple[str, str]]:
    """Anchor and words of each main heading, in order."""
    parts = [part.split("</h2>")[0] for part in html.split('<h2 id="')[1:]]
    return [(anchor, words) for anchor, _, words in (part.partition('">') for part in parts)]


def _is_stale(revision: Revision) -> bool:
    """Whether the source has meanwhile said something that matters to readers (a major change; typos never do)."""
    source = revision.based_on
    if source is None:
        return False
    later = Revision.objects.filter(
        translation=source.translation_id, number__gt=source.number, significance__gte=Significance.MAJOR
    )
    return later.filter(published_at__isnull=False).exists()
