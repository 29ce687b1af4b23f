"""What readers do is added up from the question to the ticket, and drawn; articles are judged by enough readers."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.behaviour import FEWEST, WEEKS, articles_that, funnels, opinions, weeks
from knowledge.models import Translation
from knowledge.workflow.vote import vote_on_article
from tests.conftest import NOON
from tests.knowledge.steps import act
from tests.knowledge.test_gaps import asked

DAY = timedelta(days=1)


def two():
    return list(Translation.objects.public().filter(language="en").order_by("id")[:2])


def test_each_step_is_part_of_the_one_before_it(db):
    first, _ = two()
    asked("a", at=NOON - DAY, language="en", read=first, times=6)
    asked("b", at=NOON - DAY, language="en", read=first, wrote=True, times=2)
    asked("c", at=NOON - DAY, language="en", found=0, times=1)
    asked("d", at=NOON - DAY, language="en", is_guess=True, wrote=True, times=1)
    asked("e", at=NOON - 91 * DAY, language="en", times=9)
    (one,) = funnels(NOON)
    assert (one.asked, one.found, one.read, one.helped, one.wrote) == (10, 8, 8, 6, 3)
    assert (one.percent("read"), one.percent("helped")) == (80, 60)


def test_every_week_is_there_the_silent_ones_as_well(db):
    asked("a", at=NOON, times=2)
    asked("a", at=NOON - 14 * DAY, times=3)
    asked("a", at=NOON - 7 * WEEKS * DAY, times=5)
    with timezone.override("America/Sao_Paulo"):  # weeks are those of UTC, wherever the reader of the page is
        shown = [one["asked"] for one in weeks(NOON)]
    assert len(shown) == WEEKS and shown[-3:] == [3, 0, 2] and sum(shown) == 5


def test_articles_are_judged_by_enough_readers_worst_or_best_first(db):
    first, second = two()
    asked("a", at=NOON - DAY, read=first, times=FEWEST)
    asked("a", at=NOON - DAY, read=second, times=FEWEST - 1)
    asked("a", at=NOON - DAY, read=second, wrote=True, times=3)
    assert [one["pk"] for one in articles_that(NOON, help_least=True)] == [second.pk, first.pk]
    assert [one["percent"] for one in articles_that(NOON, help_least=False)] == [100, 75]
    third = Translation.objects.public().filter(language="pt").earliest("id")
    asked("a", at=NOON - DAY, read=third, wrote=True, times=FEWEST - 1)
    assert third.pk not in [one["pk"] for one in articles_that(NOON, help_least=True)]


def test_opinions_are_of_what_is_shown(db):
    public = system_actor(SystemActor.PUBLIC)
    for number, (helped, stars) in enumerate(((True, 5), (False, 2), (True, None))):
        act(vote_on_article, two()[0], reader=str(number), is_helpful=helped, stars=stars, by=public)
    assert opinions() == [{"language": "en", "votes": 3, "percent": 67, "stars": 3.5, "rated": 2}]


def test_the_page_draws_it_and_says_what_to_do_when_there_is_nothing(cast, client):
    client.force_login(cast.eve)
    shown = client.get("/admin/knowledge/searchquery/behaviour/").content.decode()
    assert "Nobody has searched yet" in shown and "Too little data" in shown
    asked("a", at=NOON.replace(year=2000))
    asked("a", at=NOON, times=4)
    assert client.get("/admin/knowledge/searchquery/behaviour/").content.decode().count("<rect") == 3 * WEEKS
    client.force_login(cast.ben.user)
    assert client.get("/admin/knowledge/searchquery/behaviour/").status_code in (302, 403)
