"""A critical article goes at once; whoever asks, and whatever happens next, an expert still has the last word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict
from knowledge.models import Article, ArticleDeadline, Category, Expert, Revision, Translation
from knowledge.workflow.approve_revision import approve_revision
from knowledge.workflow.begin_revision import begin_revision
from knowledge.workflow.edit_draft import edit_draft
from knowledge.workflow.publish_at_once import publish_at_once
from knowledge.workflow.retire_article import restore_article, retire_article
from knowledge.workflow.return_carriage import return_carriage
from knowledge.workflow.review_revision import GUIDELINES, review_revision
from knowledge.workflow.submit_revision import submit_revision
from knowledge.workflow.write_article import write_article
from tests.cast import hire_cast
from tests.communications.processes import at_once
from tests.conftest import NOON
from tests.knowledge.steps import ADDRESS, WORDS, act, approved, in_approval, leave, tried

DAY = timedelta(hours=24)


def critical(article, team):
    with acting(by=team.ada, channel="test"):
        Article.objects.filter(pk=article.pk).update(is_critical=True)


def at_once_published(revision, team, at=NOON):
    critical(revision.translation.article, team)
    return act(publish_at_once, in_approval(revision, team), because="Money is at risk.", by=team.tom, at=at)


def typo(article, team, language="en"):
    """The next revision of a language, reviewed; it rests on the checks of the one that it replaces."""
    again = act(begin_revision, article, language=language, by=team.eve)
    act(edit_draft, again, title=again.title + "!", significance=10, by=team.eve)
    act(submit_revision, again, by=team.eve)
    return act(review_revision, again, guidelines=GUIDELINES, by=team.tom)


def owed():
    return ArticleDeadline.objects.filter(kind="urgent_approval").open()


def test_an_expert_who_gives_it_back_signs_nothing_and_readers_lose_it(draft, team):
    at_once_published(draft, team)
    act(approve_revision, draft, return_because="The button is blue.", by=team.tina)
    draft.refresh_from_db()
    assert (draft.state, draft.approver, draft.reviewer, draft.published_at) == ("draft", None, None, None)
    assert "The button is blue." in draft.returned_because
    assert Client().get(ADDRESS).status_code == 404
    assert not ArticleDeadline.objects.filter(article=draft.translation.article).open().exists()
    met = ArticleDeadline.objects.get(kind="urgent_approval")
    assert met.met_at == NOON


def test_given_back_readers_see_what_they_saw_before(draft, team):
    approved(draft, team)
    leave(team)
    article = draft.translation.article
    critical(article, team)
    second = typo(article, team)
    act(publish_at_once, second, because="The law changed.", by=team.tom, at=NOON + DAY)
    third = act(begin_revision, article, language="en", by=team.eve)
    act(approve_revision, second, return_because="It did not.", by=team.tina, at=NOON + DAY)
    shown = Translation.objects.get(pk=draft.translation_id)
    assert (shown.current, shown.current.state, shown.title) == (draft, "published", WORDS["title"])
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.state, third.state) == ("discarded", "draft")


def test_what_an_expert_signed_is_signed_by_nobody_else(draft, team):
    with acting(by=team.ada, channel="test"):
        Expert.objects.create(category=draft.translation.article.category, person=team.theo)
    at_once_published(draft, team)
    act(approve_revision, draft, by=team.tina)
    for because in ("", "I would not have."):
        with pytest.raises(Conflict, match="signed"):
            act(approve_revision, draft, return_because=because, by=team.theo)
    for change in ({"approver": team.theo}, {"approver": None, "approved_digest": ""}, {"reviewer": team.theo}):
        with pytest.raises(IntegrityError, match="keeps its signatures"), transaction.atomic():
            with acting(by=team.theo, channel="test"):
                Revision.objects.filter(pk=draft.pk).update(**change)
    draft.refresh_from_db()
    assert draft.approver == team.tina


def test_what_the_house_shipped_is_not_signed_over(team):
    shipped = Translation.objects.get(article__code="data-sync-problems", language="en").current
    with pytest.raises(Conflict, match="Begin a revision"):
        act(approve_revision, shipped, by=team.tina)


def test_postgresql_lets_nothing_go_at_once_without_its_review(draft, team):
    with pytest.raises(IntegrityError, match="what_is_published_is_signed"), transaction.atomic():
        with acting(by=team.ada, channel="test"):
            Revision.objects.filter(pk=draft.pk).update(state="published", urgent_because="I say so.")


def test_more_that_goes_at_once_puts_nothing_off(draft, team):
    at_once_published(draft, team)
    second = typo(draft.translation.article, team)
    act(publish_at_once, second, because="Still at risk.", by=team.tom, at=NOON + DAY / 2)
    assert owed().get().due_at == NOON + DAY
    act(approve_revision, second, by=team.tina, at=NOON + DAY / 2)
    assert not owed().exists()


def test_signed_words_that_replace_it_end_what_was_owed(draft, team):
    at_once_published(draft, team)
    second = typo(draft.translation.article, team)
    act(approve_revision, second, by=team.tina)
    carriage = leave(team, at=NOON + DAY / 2)[0]
    assert not owed().exists()
    act(return_carriage, carriage, because="Too early.", by=team.tom, at=NOON + DAY)
    assert owed().get().due_at == NOON + DAY * 2, "the unsigned words are read again"


def test_retiring_and_restoring_does_not_get_rid_of_it(draft, team):
    at_once_published(draft, team)
    act(retire_article, draft.translation.article, because="No cards any more.", by=team.eve)
    assert not owed().exists()
    act(restore_article, draft.translation.article, by=team.eve)
    assert owed().exists()


def test_it_is_owed_until_every_language_is_signed(team):
    article = Article.objects.get(code="data-sync-problems")
    critical(article, team)
    languages = [in_language(article, team, language) for language in ("en", "pt")]
    act(approve_revision, languages[1], by=team.tina)
    assert owed().exists()
    act(approve_revision, languages[0], by=team.tina)
    assert not owed().exists()


def in_language(article, team, language):
    return act(publish_at_once, tried(typo(article, team, language), team), because="Sync lost money.", by=team.tom)


def test_an_article_that_readers_never_had_is_restored_without_duties(draft, team):
    article = draft.translation.article
    act(retire_article, article, because="A mistake.", by=team.eve)
    act(restore_article, article, by=team.eve)
    assert not ArticleDeadline.objects.filter(article=article).exists()
    article.refresh_from_db()
    assert article.checked_at is None


def test_two_languages_signed_in_the_same_moment_leave_nothing_owed(committed_db):
    team = hire_cast()
    with acting(by=team.ada, channel="test"):
        for person in (team.tina, team.theo):
            Expert.objects.create(category=Category.objects.get(slug="troubleshooting"), person=person)
    article = Article.objects.get(code="data-sync-problems")
    critical(article, team)
    work = iter([(in_language(article, team, code), who) for code, who in (("en", team.tina), ("pt", team.theo))])

    def sign() -> str:
        revision, expert = next(work)
        return act(approve_revision, revision, by=expert).state

    assert at_once(2, sign) == ["published", "published"]
    assert not owed().exists()


def test_two_peers_at_once_review_once(committed_db):
    team = hire_cast()
    draft = act(write_article, category=Category.objects.get(slug="features"), by=team.eve, **WORDS)
    act(submit_revision, draft, by=team.eve)
    peers = iter((team.tom, team.theo))

    def review() -> str:
        try:
            act(review_revision, draft, guidelines=GUIDELINES, by=next(peers))
        except Conflict as refusal:
            return refusal.code
        return "signed"

    assert sorted(at_once(2, review)) == ["signed", "state"]
