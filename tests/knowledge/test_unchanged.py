"""A page that did not change costs no query; one that did is never answered as it was."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.help_centre import unchanged
from knowledge.models import Article, Category, Feedback, Tag, Translation

PAGE, FRONT = "/help/en/data-sync-problems/", "/help/en/"


@pytest.fixture
def memory(committed_db, monkeypatch):
    """The memory of a web process that listens, over a database with committed rows."""
    one = unchanged.Memory()
    monkeypatch.setattr(unchanged, "memory", one)
    one.listen()
    _until(lambda: one.is_trusted)
    yield one
    one.close()


def _until(true, within=8.0):
    ends = time.monotonic() + within
    while not true():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.01)


def queries(address, **more):
    with CaptureQueriesContext(connection) as seen:
        answer = Client().get(address, **more)
    return len(seen), answer


def change(memory, what):
    """Do it in the guide's name, commit, and wait until the process has heard of it."""
    before = memory.changes
    with acting(by=system_actor(SystemActor.GUIDE), channel="test"):
        what()
    _until(lambda: memory.changes > before)


def test_an_unchanged_page_costs_no_query_in_full_or_as_304(memory):
    for address in (PAGE, FRONT):
        first = Client().get(address)
        cost, again = queries(address)
        assert (cost, again.status_code, again.content) == (0, 200, first.content)
        assert {name: again[name] for name in unchanged.KEPT_HEADERS} == {
            name: first[name] for name in unchanged.KEPT_HEADERS
        }
        cost, same = queries(address, headers={"If-None-Match": first["ETag"]})
        assert (cost, same.status_code, same.content) == (0, 304, b"")


def test_whatever_a_page_shows_makes_it_anew(memory):
    article = Article.objects.get(code="data-sync-problems")
    shown = Translation.objects.get(article=article, language="en")

    def comment():
        Feedback.objects.create(
            translation=shown, revision_id=shown.current_id, kind="comment", words="Quokka said so", state="shown",
            received_at=article.checked_at or shown.current.created_at,
        )  # fmt: skip

    changes = (
        (lambda: Category.objects.filter(pk=article.category_id).update(name="Quokka shelf"), "Quokka shelf"),
        (lambda: article.tagged.create(tag=Tag.objects.create(slug="quokka-tag")), "quokka-tag"),
        (lambda: Translation.objects.filter(pk=shown.pk).update(title="Quokka title"), "Quokka title"),
        (comment, "Quokka said so"),
    )
    for what, mark in changes:
        assert mark not in Client().get(PAGE).content.decode()
        change(memory, what)
        assert mark in Client().get(PAGE).content.decode()
    change(memory, lambda: Article.objects.filter(pk=article.pk).update(audience="support_team"))
    assert Client().get(PAGE).status_code == 404


def test_searching_and_voting_throw_nothing_away(memory):
    Client().get(PAGE)
    Client().get("/help/en/search/", {"q": "quokka"})
    Client(REMOTE_ADDR="10.9.9.9").post(f"{PAGE}vote/", {"helped": "yes"})
    time.sleep(0.2)
    assert queries(PAGE)[0] == 0


def test_what_changed_while_a_page_was_made_is_not_kept(memory):
    answer = Client().get(FRONT)
    begun = memory.changes
    memory.forget()
    memory.keep(FRONT, answer, changes=begun)
    assert memory.find(FRONT) is None


def test_a_page_with_a_question_is_made_anew_so_that_what_led_to_it_is_noted(memory):
    Client().get(PAGE)
    assert queries(PAGE, data={"from": "1"})[0] > 0


def test_without_hearing_postgresql_nothing_is_answered_from_memory(memory):
    Client().get(PAGE)
    assert queries(PAGE)[0] == 0
    before = memory.changes
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND usename = current_user AND datname = current_database()"
        )
        assert cursor.fetchall() == [(True,)]
    _until(lambda: memory.changes > before)  # it listens again, and has forgotten all
    assert queries(PAGE)[0] > 0
    memory.close()
    assert queries(PAGE)[0] > 0


def test_it_keeps_so_many_pages_and_no_more(memory, monkeypatch):
    monkeypatch.setattr(unchanged, "MOST_PAGES", 2)
    pages = ["/help/en/", "/help/pt/", "/help/es/"]
    for one in pages:
        Client().get(one)
    assert [memory.find(one) is not None for one in pages] == [False, True, True]


def test_a_process_that_does_not_listen_keeps_nothing(db):
    Client().get(PAGE)
    assert queries(PAGE)[0] > 0 and unchanged.memory.find(PAGE) is None
