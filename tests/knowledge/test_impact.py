"""Before and after: what a revision changed for readers, and whether the figures are enough to say so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.impact import FEWEST, impact_of, mean, share
from knowledge.models import Revision, SearchQuery, Vote
from knowledge.workflow.begin_revision import begin_revision
from knowledge.workflow.edit_draft import edit_draft
from tests.conftest import NOON
from tests.knowledge.steps import act, approved, leave

DAY = timedelta(days=1)


@pytest.fixture
def revisions(draft, team):
    """What readers saw first, and what has replaced it a hundred days later."""
    approved(draft, team)
    leave(team)
    after = act(begin_revision, draft.translation.article, language="en", by=team.eve)
    act(edit_draft, after, summary="Lock your card at once.", by=team.eve)
    approved(after, team)
    leave(team, at=NOON + 100 * DAY)
    return draft, Revision.objects.get(pk=after.pk)


def votes(revision, *, helpful=0, unhelpful=0, stars=()):
    with acting(by=system_actor(SystemActor.PUBLIC), channel="help"):
        said = [(True, None)] * helpful + [(False, None)] * unhelpful + [(None, one) for one in stars]
        start = Vote.objects.count()
        for number, (is_helpful, given) in enumerate(said, start):
            Vote.objects.create(
                revision=revision, reader=str(number), is_helpful=is_helpful, stars=given, given_at=NOON
            )


def searches(revision, *, at, good=0, bad=0):
    SearchQuery.objects.bulk_create(
        SearchQuery(
            language="en", words="lock", found=1, asked_at=at, read_id=revision.translation_id, led_to_ticket=wrote
        )
        for wrote in [False] * good + [True] * bad
    )


def verdicts(revision, at=NOON + 200 * DAY):
    return {one.name: one.verdict for one in impact_of(revision, at)}


@pytest.mark.parametrize(
    ("good", "sample", "low", "high"),
    [(15, 20, 0.5313, 0.8881), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_the_interval_of_a_share_is_wilson_s(good, sample, low, high):
    found = share(good, sample)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_the_interval_of_stars_holds_their_mean_and_stays_on_the_scale():
    found = mean([1, 2, 3, 4, 5] * 5)
    assert found.value == 3 and round(found.low, 2) == 2.43 and round(found.high, 2) == 3.57
    assert mean([5]).low == 1 and mean([5]).high == 5 and mean([]).value is None


def test_what_readers_never_saw_has_no_before_and_after(draft):
    assert impact_of(draft, NOON) == []


def test_little_data_is_called_little_data(revisions):
    before, after = revisions
    votes(before, unhelpful=FEWEST - 1)
    votes(after, helpful=FEWEST)
    assert verdicts(after) == {"helpful": "too_little_data", "stars": "too_little_data", "no_ticket": "too_little_data"}


def test_a_change_for_the_better_and_one_for_the_worse_are_told(revisions):
    before, after = revisions
    votes(before, helpful=8, unhelpful=32, stars=[5, 4] * 12)
    votes(after, helpful=34, unhelpful=6, stars=[1, 2] * 12)
    published = after.published_at
    searches(before, at=published - DAY, good=20, bad=20)
    searches(after, at=published + DAY, good=21, bad=19)
    assert verdicts(after) == {"helpful": "better", "stars": "worse", "no_ticket": "no_difference"}


def test_searches_are_of_as_many_days_before_as_after(revisions):
    before, after = revisions
    published = after.published_at
    searches(before, at=published - 3 * DAY, good=30)
    searches(after, at=published + DAY, good=30)
    before_and_after = {one.name: one for one in impact_of(after, published + 2 * DAY)}["no_ticket"]
    assert (before_and_after.before.sample, before_and_after.after.sample) == (0, 30)
    before_and_after = {one.name: one for one in impact_of(after, published + 90 * DAY)}["no_ticket"]
    assert (before_and_after.before.sample, before_and_after.after.sample) == (30, 30)


def test_the_page_of_a_revision_and_the_api_show_the_same(revisions, team, client):
    before, after = revisions
    votes(before, helpful=8, unhelpful=32)
    votes(after, helpful=34, unhelpful=6)
    client.force_login(team.tom)
    shown = client.get(f"/admin/knowledge/revision/{after.pk}/change/").content.decode()
    assert "20 % (10–35 %), 40 readers" in shown and "85 % (71–93 %), 40 readers" in shown and "better" in shown
    assert shown.count('<svg class="desk-spans"') == 3 and shown.count("<circle") == 2
