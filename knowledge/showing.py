"""Which words readers see: put there and taken back here, by the verbs that have asked every gate."""

from __future__ import annotations

from datetime import datetime

from django.utils.text import slugify

from financy_support.desk.errors import Conflict
from financy_support.desk.people.user import User
from knowledge.duties import end_duties, found_true, hold, settle_urgent_approval
from knowledge.landing import land, take_off
from knowledge.markdown import plain_text
from knowledge.models import Article, Revision, RevisionState, Translation


def show(revision: Revision, *, by: User, at: datetime) -> Revision | None:
    """Readers see these words from now on; returns what they saw before. Raises Conflict for a retired article."""
    translation = revision.translation
    article = hold(translation.article)
    if article.retired_at:
        raise Conflict("This article is retired. Restore it first.", code="retired")
    before = translation.current
    if before is not None:
        before.state = RevisionState.SUPERSEDED
        before.save(update_fields=["state"])
    if before is None:
        _name_address(translation, revision)
    revision.state, revision.published_at = RevisionState.PUBLISHED, at
    revision.save(update_fields=["state", "published_at", "urgent_because"])
    put(article, translation, revision, at=at)
    found_true(article, at)
    land(revision, by=by, at=at)
    return before


def shown_before(revision: Revision) -> Revision | None:
    """What readers see until these words replace it, or saw until they did."""
    current = revision.translation.current
    if current is None or current.pk != revision.pk:
        return current
    shown = revision.translation.revisions.filter(state=RevisionState.SUPERSEDED, published_at__isnull=False)
    return shown.exclude(carriage__returned_at__isnull=False).order_by("-published_at", "-number").first()


def take_back(revision: Revision, *, at: datetime) -> None:
    """Readers see again what they saw before these words, or nothing; the words themselves are the caller's."""
    before = shown_before(revision)
    if before is not None:
        before.state = RevisionState.PUBLISHED
        before.save(update_fields=["state"])
    put(hold(revision.translation.article), revision.translation, before, at=at)
    take_off(revision)


def _name_address(translation: Translation, revision: Revision) -> None:
    """The first words that readers see name the address; from then on it stays, for the sake of bookmarks."""
    slug = slugify(revision.title)[:120]
    if not slug or translation.revisions.filter(published_at__isnull=False).exists():
        return
    if not Translation.objects.filter(language=translation.language, slug=slug).exclude(pk=translation.pk).exists():
        translation.slug = slug
        translation.save(update_fields=["slug"])


def put(article: Article, translation: Translation, revision: Revision | None, *, at: datetime) -> None:
    """Make a revision, or nothing, the one that is shown and searched; ``article`` is held."""
    translation.current = revision
    translation.title = revision.title if revision else ""
    translation.summary = revision.summary if revision else ""
    translation.keywords = revision.keywords if revision else ""
    translation.plain = plain_text(revision.body) if revision else ""
    translation.save(update_fields=["current", "title", "summary", "keywords", "plain"])
    if article.translations.filter(current__isnull=False).exists():
        settle_urgent_approval(article, at=at)
    else:
        end_duties(article, because="readers do not have it", at=at)
