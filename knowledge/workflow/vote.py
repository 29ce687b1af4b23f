"""vote_on_article: a reader says whether the words before them helped, and how good they are."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Invalid, NotFound
from financy_support.desk.people.user import User
from knowledge.models import Translation, Vote


def vote_on_article(
    translation: Translation,
    *,
    reader: str,
    is_helpful: bool | None = None,
    stars: int | None = None,
    by: User,
    at: datetime,
) -> Vote:
    """Keep what ``reader`` (32 hexadecimal digits, of this revision only) thinks of the revision that is shown.

    One vote a reader and revision: what is said again takes the place of what was said, what is left out stays.
    Raises NotFound for what ``by`` cannot read, Invalid for no vote or stars outside 1 to 5.
    Source: handbook 'article_rating' five_star_system, 'helpfulness_voting' helpful_not_helpful.
    """
    current_act(by)
    if is_helpful is None and stars is None:
        raise Invalid("Say whether it helped, or give one to five stars.", field="is_helpful", code="empty")
    if stars is not None and (isinstance(stars, bool) or stars not in range(1, 6)):
        raise Invalid("Give 1 (poor) to 5 (very good) stars.", field="stars")
    shown = Translation.objects.visible_to(by).filter(pk=translation.pk).values_list("current", flat=True).first()
    if shown is None:
        raise NotFound
    said = {name: value for name, value in (("is_helpful", is_helpful), ("stars", stars)) if value is not None}
    vote, is_new = Vote.objects.get_or_create(revision_id=shown, reader=reader, defaults={**said, "given_at": at})
    if not is_new:
        Vote.objects.filter(pk=vote.pk).update(**said, given_at=at)
        vote.refresh_from_db()
    return vote
