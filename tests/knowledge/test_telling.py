"""Those who owe something to an article are told, in their own language, when it is owed and when it is late."""

from __future__ import annotations

from datetime import timedelta

from communications.models import Message
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import User
from financy_support.desk.subjects import visible_ids
from knowledge.models import Article, Expert
from knowledge.workflow.approve_revision import approve_revision
from knowledge.workflow.publish_at_once import publish_at_once
from tests.conftest import NOON
from tests.knowledge.steps import act, approved, in_approval, leave
from tests.make import sweep_at

DAY = timedelta(hours=24)


def told(purpose):
    return sorted(Message.objects.filter(purpose=purpose).values_list("person__name", flat=True))


def at_once(draft, team):
    with acting(by=team.ada, channel="test"):
        Article.objects.filter(pk=draft.translation.article_id).update(is_critical=True)
    return act(publish_at_once, in_approval(draft, team), because="Money is at risk.", by=team.tom)


def name_experts(draft, team):
    """Theo for Spanish only, Sam for all languages; Eve and Tom are author and reviewer."""
    with acting(by=team.ada, channel="test"):
        for person, language in ((team.theo, "es"), (team.sam, "en"), (team.eve, ""), (team.tom, "")):
            Expert.objects.create(category=draft.translation.article.category, person=person, language=language)
        User.objects.filter(pk=team.sam.pk).update(language="pt")


def test_those_who_may_approve_it_are_told_at_once_and_again_when_it_is_late(draft, team):
    name_experts(draft, team)
    at_once(draft, team)
    assert told("article_at_once") == ["Sam", "Tina"]
    said = Message.objects.get(purpose="article_at_once", person=team.sam)
    assert said.language == "pt" and "Money is at risk." in said.body
    assert f"/admin/knowledge/revision/{draft.pk}/change/" in said.body
    sweep_at(NOON + DAY - timedelta(minutes=1))
    assert told("article_late") == []
    sweep_at(NOON + DAY)
    sweep_at(NOON + DAY + timedelta(hours=1))
    assert told("article_late") == ["Sam", "Tina"]


def test_what_is_signed_in_time_tells_nobody_that_it_is_late(draft, team):
    at_once(draft, team)
    act(approve_revision, draft, by=team.tina, at=NOON + DAY / 2)
    sweep_at(NOON + DAY * 2)
    assert told("article_late") == []


def test_without_an_expert_administrators_are_told(draft, team):
    in_approval(draft, team)
    with acting(by=team.ada, channel="test"):
        Article.objects.filter(pk=draft.translation.article_id).update(is_critical=True)
        Expert.objects.all().delete()
    act(publish_at_once, draft, because="Money is at risk.", by=team.tom)
    assert told("article_at_once") == ["Ada"]


def test_the_owner_is_told_that_a_look_is_late_and_the_experts_when_there_is_none(draft, team):
    approved(draft, team)
    leave(team)
    sweep_at(NOON + timedelta(days=14))
    assert told("article_late") == ["Eve"]
    with acting(by=team.ada, channel="test"):
        User.objects.filter(pk=team.eve.pk).update(is_active=False)
    sweep_at(NOON + timedelta(days=91))
    assert told("article_late") == ["Eve", "Tina"]


def test_customers_do_not_see_what_staff_is_told(draft, team):
    at_once(draft, team)
    number = draft.translation.article_id
    assert visible_ids("knowledge.article", [number], team.eve) == {number}
    assert visible_ids("knowledge.article", [number], team.ana.user) == set()
