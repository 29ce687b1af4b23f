"""The train leaves whole or not at all, loses no carriage, and says beforehand what is wrong."""

from __future__ import annotations

import threading
from datetime import timedelta

from django.test import Client

from financy_support.desk.audit.acting import acting
from financy_support.desk.time.sweeper import sweep
from knowledge.models import Article, Carriage, Category, Expert, Revision, Train, TrainDeadline, Translation
from knowledge.workflow.approve_revision import approve_revision
from knowledge.workflow.begin_revision import begin_revision
from knowledge.workflow.depart_train import depart_train, manifest
from knowledge.workflow.edit_draft import edit_draft
from knowledge.workflow.retire_article import restore_article, retire_article
from knowledge.workflow.return_carriage import return_carriage
from knowledge.workflow.write_article import write_article
from tests.cast import hire_cast
from tests.communications.processes import at_once, run_apart
from tests.conftest import NOON
from tests.knowledge.steps import BODY, WORDS, act, approved, in_approval, leave
from tests.make import sweep_at

FORTNIGHT = timedelta(days=14)


def another(team, title):
    words = {**WORDS, "title": title}
    return act(write_article, category=Category.objects.get(slug="features"), by=team.eve, **words)


def hire():
    """People and an expert where rows are committed."""
    team = hire_cast()
    with acting(by=team.ada, channel="test"):
        Expert.objects.create(category=Category.objects.get(slug="features"), person=team.tina)
    return team


def states(*revisions):
    return [Revision.objects.get(pk=one.pk).state for one in revisions]


def test_what_stays_behind_takes_the_next_train_a_fortnight_later(draft, team):
    approved(draft, team)
    act(retire_article, draft.translation.article, because="No cards any more.", by=team.eve)
    sweep_at(NOON + FORTNIGHT)
    waits = Train.objects.get(departed_at=None)
    assert TrainDeadline.objects.get(train=waits).due_at == NOON + 2 * FORTNIGHT
    act(restore_article, draft.translation.article, by=team.eve)
    sweep_at(NOON + 2 * FORTNIGHT)
    assert states(draft) == ["published"] and not Train.objects.filter(departed_at=None).exists()


def test_when_one_article_cannot_be_written_none_is_and_the_train_still_waits(draft, team):
    approved(draft, team)
    other = approved(another(team, "Unlock a card"), team)
    with acting(by=team.ada, channel="test"):  # a fault that no gate foresees: PostgreSQL refuses its second carriage
        ghost = Train.objects.create(departed_at=NOON)
        in_the_way = Carriage.objects.create(train=ghost, revision=other)
    assert sweep(NOON + FORTNIGHT).failed == 1
    assert states(draft, other) == ["approved", "approved"]
    due = TrainDeadline.objects.get()
    assert due.train.departed_at is None and due.failures == 1 and "IntegrityError" in due.last_error
    with acting(by=team.ada, channel="test"):
        in_the_way.delete()
    sweep_at(NOON + FORTNIGHT + timedelta(minutes=5))
    assert states(draft, other) == ["published", "published"]


def test_an_approval_while_the_train_leaves_takes_it_or_orders_the_next(committed_db):
    team = hire()
    first, late = another(team, "First"), another(team, "Late")
    approved(first, team)
    in_approval(late, team)
    departed = threading.Event()

    def depart() -> None:
        act(depart_train, Train.objects.get(), by=team.ada)
        departed.set()

    with acting(by=team.tina, channel="test"):
        approve_revision(late, by=team.tina, at=NOON)
        thread = threading.Thread(target=run_apart, args=(depart,))
        thread.start()
        assert not departed.wait(1), "the train waits for whoever is just getting in"
    thread.join()
    assert states(first, late) == ["published", "published"]


def test_an_approval_that_comes_while_it_leaves_waits_and_orders_the_next(committed_db):
    team = hire()
    first, late = another(team, "First"), another(team, "Late")
    approved(first, team)
    in_approval(late, team)
    thread = threading.Thread(target=run_apart, args=(lambda: act(approve_revision, late, by=team.tina),))
    with acting(by=team.ada, channel="test"):
        depart_train(Train.objects.get(), by=team.ada, at=NOON)
        thread.start()
        thread.join(1)
        assert thread.is_alive()
    thread.join()
    assert states(first, late) == ["published", "approved"]
    assert Train.objects.filter(departed_at=None).count() == 1


def test_two_who_send_it_at_once_send_it_once(committed_db):
    team = hire()
    draft = approved(another(team, "First"), team)
    train = Train.objects.get()

    def send() -> str:
        try:
            act(depart_train, train, by=team.ada)
        except Exception as refusal:
            return type(refusal).__name__
        return "left"

    assert sorted(at_once(3, send)) == ["Conflict", "Conflict", "left"]
    assert states(draft) == ["published"] and train.carriages.count() == 1


def test_an_article_retired_while_the_train_leaves_owes_nothing(committed_db):
    team = hire()
    draft = approved(another(team, "First"), team)
    article = draft.translation.article
    thread = threading.Thread(
        target=run_apart, args=(lambda: act(retire_article, article, because="Gone.", by=team.eve),)
    )
    with acting(by=team.ada, channel="test"):
        depart_train(Train.objects.get(), by=team.ada, at=NOON)
        thread.start()
        thread.join(1)
        assert thread.is_alive(), "it waits for the train"
    thread.join()
    assert not article.deadlines.open().exists() and Article.objects.get(pk=article.pk).retired_at


def test_two_who_return_a_carriage_at_once_return_it_once(committed_db):
    team = hire()
    approved(another(team, "First"), team)
    carriage = leave(team)[0]

    def give_back() -> str:
        try:
            act(return_carriage, carriage, because="Too early.", by=team.tom)
        except Exception as refusal:
            return type(refusal).__name__
        return "returned"

    assert sorted(at_once(3, give_back)) == ["Conflict", "Conflict", "returned"]


def test_the_manifest_tells_which_translations_are_missing_or_become_stale(draft, team):
    approved(draft, team)
    [aboard] = manifest()
    assert aboard.problems == [] and aboard.notes == ["No text in Portuguese yet.", "No text in Spanish yet."]
    act(retire_article, draft.translation.article, because="Not now.", by=team.eve)
    again = act(begin_revision, Article.objects.get(code="data-sync-problems"), language="en", by=team.eve)
    act(edit_draft, again, title="Sync", significance=30, by=team.eve)
    approved(again, team)
    notes = {one.revision.pk: one.notes for one in manifest()}[again.pk]
    assert notes == [
        "The Portuguese text was made from revision 1: it will be out of date.",
        "The Spanish text was made from revision 1: it will be out of date.",
    ]


def test_a_typo_makes_no_translation_stale(team):
    again = act(begin_revision, Article.objects.get(code="data-sync-problems"), language="en", by=team.eve)
    act(edit_draft, again, title="Data Sync Problems!", significance=10, by=team.eve)
    approved(again, team)
    assert manifest()[0].notes == []


def test_an_article_that_leaves_first_has_the_address_of_the_title_it_leaves_with(draft, team):
    act(edit_draft, draft, title="Lock a card that is gone", by=team.eve)
    approved(draft, team)
    leave(team)
    assert Client().get("/help/en/lock-a-card-that-is-gone/").status_code == 200
    portuguese = act(begin_revision, draft.translation.article, language="pt", by=team.eve)
    words = {"title": "Bloquear um cartão", "summary": "Bloqueie.", "keywords": "cartão", "body": PORTUGUESE}
    act(edit_draft, portuguese, by=team.eve, **words)
    approved(portuguese, team)
    leave(team)
    assert Client().get("/help/pt/bloquear-um-cartao/").status_code == 200
    again = act(begin_revision, draft.translation.article, language="pt", by=team.eve)
    act(edit_draft, again, title="Outro título", by=team.eve)
    approved(again, team)
    leave(team)
    assert Client().get("/help/pt/bloquear-um-cartao/").status_code == 200, "readers have it in their bookmarks"


def test_a_title_that_another_article_has_leaves_with_an_address_of_its_own(draft, team):
    other = another(team, "Something else")
    act(edit_draft, other, title=WORDS["title"], by=team.eve)
    approved(draft, team)
    approved(other, team)
    leave(team)
    addresses = Translation.objects.filter(title=WORDS["title"]).values_list("slug", flat=True)
    assert sorted(addresses) == ["lock-a-lost-card", "something-else"]


PORTUGUESE = (
    BODY.replace("## Problem\n", "## Problema\n")
    .replace("## Cause", "## Causa")
    .replace("## Solution", "## Solução")
    .replace("## Verification", "## Verificação")
)
