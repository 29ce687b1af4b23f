"""The handbook's practices are rows: their times are what the verbs promise, and an administrator may change them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from financy_support.desk.audit.acting import acting
from knowledge.models import ArticleDeadline, AssignmentDeadline, FeedbackDeadline, Practice, TrainDeadline, Translation
from tests.conftest import NOON
from tests.knowledge.steps import approved, leave
from tests.knowledge.test_feedback import say

DAY = timedelta(days=1)


def set_span(cast, rule, span):
    with acting(by=cast.ada, channel="test"):
        assert Practice.objects.filter(rule=rule, span__isnull=False).update(span=span) == 1


def test_what_is_owed_from_now_on_takes_the_new_time_and_what_runs_keeps_its_own(draft, team):
    first = say(Translation.objects.public().earliest("id"))
    set_span(team, "response_time", timedelta(hours=12))
    second = say(first.translation, "Another")
    due = [FeedbackDeadline.objects.get(feedback=one).due_at for one in (first, second)]
    assert due == [NOON + timedelta(hours=48), NOON + timedelta(hours=12)]
    set_span(team, "publication_schedule", 7 * DAY)
    set_span(team, "regular_reviews", 60 * DAY)
    approved(draft, team)
    assert TrainDeadline.objects.get(train__departed_at=None).due_at == NOON + 7 * DAY
    leave(team)
    owed = ArticleDeadline.objects.get(article=draft.translation.article, kind="quarterly_review")
    assert owed.due_at == NOON + 60 * DAY


def test_the_round_of_feedback_takes_its_time_from_there(team):
    set_span(team, "user_feedback_integration", 10 * DAY)
    say(Translation.objects.public().earliest("id"))
    assert AssignmentDeadline.objects.get().due_at == NOON + 10 * DAY


def test_a_practice_takes_some_time(team):
    with pytest.raises(IntegrityError), transaction.atomic():
        set_span(team, "response_time", timedelta())


def test_administrators_change_the_time_and_nothing_else(cast, client):
    row = Practice.objects.get(rule="response_time")
    where = f"/admin/knowledge/practice/{row.pk}/change/"
    client.force_login(cast.ada)
    client.post(where, {"span": "1 00:00:00", "says": "never"})
    row.refresh_from_db()
    assert (row.span, row.says) == (DAY, "48_hours")
    client.force_login(cast.eve)
    assert "48_hours" in client.get(where).content.decode()
    client.post(where, {"span": "2 00:00:00"})
    row.refresh_from_db()
    assert row.span == DAY


@pytest.mark.parametrize("span", ["", "0", "-1 00:00:00", "99999 00:00:00", "soon"])
def test_a_time_is_neither_emptied_nor_made_absurd(cast, client, span):
    row = Practice.objects.get(rule="response_time")
    client.force_login(cast.ada)
    assert client.post(f"/admin/knowledge/practice/{row.pk}/change/", {"span": span}).status_code == 200
    row.refresh_from_db()
    assert row.span == timedelta(hours=48)
    other = Practice.objects.get(rule="author_guidelines")
    client.post(f"/admin/knowledge/practice/{other.pk}/change/", {"span": "1 00:00:00"})
    other.refresh_from_db()
    assert other.span is None
