"""PostgreSQL itself sees to it that author, reviewer and approver are three people who sign in their own names."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from financy_support.desk.audit.acting import acting
from knowledge.models import Article, Category, Revision, RevisionState, Translation
from tests.conftest import NOON

WORDS = {
    "title": "A card that does not work",
    "summary": "What to do.",
    "keywords": "card",
    "body": "## Problem\nIt is.",
}


@pytest.fixture
def draft(cast):
    with acting(by=cast.eve, channel="test"):
        category = Category.objects.create(
            slug="cards", name="Cards", name_pt="Cartões", name_es="Tarjetas", audience="all_users", rhythm="monthly"
        )
        article = Article.objects.create(category=category, code="card")
        translation = Translation.objects.create(article=article, language="en", slug="card")
        return Revision.objects.create(translation=translation, number=1, author=cast.eve, created_at=NOON, **WORDS)


def change(draft, by, **values):
    with transaction.atomic(), acting(by=by, channel="test"):
        Revision.objects.filter(pk=draft.pk).update(**values)
    draft.refresh_from_db()


def sign(draft, *, reviewer, approver):
    draft.refresh_from_db()
    change(draft, reviewer, reviewer=reviewer, reviewed_at=NOON, reviewed_digest=draft.digest, state="in_approval")
    change(draft, approver, approver=approver, approved_at=NOON, approved_digest=draft.digest, state="approved")


def test_three_people_publish(draft, cast):
    sign(draft, reviewer=cast.tom, approver=cast.tina)
    change(draft, cast.tina, state=RevisionState.PUBLISHED)
    assert draft.is_reviewed and draft.is_approved and len(draft.digest) == 64


@pytest.mark.parametrize(("reviewer", "approver"), [("eve", "tina"), ("tom", "eve"), ("tom", "tom"), ("eve", "eve")])
def test_two_roles_in_one_person_are_refused(draft, cast, reviewer, approver):
    with pytest.raises(IntegrityError, match="author_reviewer_approver_are_three"):
        sign(draft, reviewer=getattr(cast, reviewer), approver=getattr(cast, approver))


@pytest.mark.parametrize("state", ["approved", "published"])
def test_nobody_publishes_what_is_not_signed_not_even_a_superuser(draft, cast, state):
    with pytest.raises(IntegrityError, match="what_is_published_is_signed"):
        change(draft, cast.ada, state=state)


@pytest.mark.parametrize("role", ["review", "approv"])
def test_nobody_signs_for_another(draft, cast, role):
    draft.refresh_from_db()
    who = {"review": "reviewer", "approv": "approver"}[role]
    with pytest.raises(IntegrityError, match="own name"):
        change(draft, cast.ada, **{f"{role}ed_digest": draft.digest, who: cast.tom})


def test_words_that_were_signed_do_not_change(draft, cast):
    sign(draft, reviewer=cast.tom, approver=cast.tina)
    for words in ({"body": "Other words"}, {"title": "Another"}, {"keywords": ""}):
        with pytest.raises(IntegrityError, match="draft only"):
            change(draft, cast.ada, **words)


def test_a_draft_that_changes_loses_its_signatures(draft, cast):
    """They name a digest: PostgreSQL's own hash of the words."""
    draft.refresh_from_db()
    change(draft, cast.tom, reviewer=cast.tom, reviewed_at=NOON, reviewed_digest=draft.digest)
    assert draft.is_reviewed
    change(draft, cast.eve, body="Other words")
    assert not draft.is_reviewed
    change(draft, cast.tina, approver=cast.tina, approved_at=NOON, approved_digest=draft.digest)
    with pytest.raises(IntegrityError, match="what_is_published_is_signed"):
        change(draft, cast.tina, state="published")


def test_nobody_writes_as_the_house(draft, cast):
    with pytest.raises(IntegrityError, match="guide loader"), acting(by=cast.ada, channel="test"):
        Revision.objects.create(
            translation=draft.translation, number=2, author_id=2, created_at=NOON, state="published", **WORDS
        )
    with pytest.raises(IntegrityError, match="keeps its author"):
        change(draft, cast.ada, author=cast.tom)


def test_the_digest_tells_words_apart_wherever_they_stand(draft):
    with connection.cursor() as cursor:
        cursor.execute("SELECT knowledge_digest('a', 'b', '', ''), knowledge_digest('ab', '', '', '')")
        one, other = cursor.fetchone()
    assert one != other
