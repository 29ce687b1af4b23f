"""A statement that is written once gives what its queryset gives, for whomever it is filled."""

from __future__ import annotations

import pytest

from financy_support.desk.people.team import Team
from financy_support.desk.people.user import User
from financy_support.desk.statement import Given, Statement


def test_it_gives_each_asker_their_own_rows(cast):
    people = User.objects.filter(tier__gte=Given("tier"), memberships__team__slug=Given("team")).order_by("email")
    statement = Statement(people.values("email", "kind", "tier__name"))
    for tier, team in [(1, "customer_support"), (2, "technical_support"), (3, "customer_support")]:
        same = User.objects.filter(tier__gte=tier, memberships__team__slug=team).order_by("email")
        assert statement.rows(tier=tier, team=team) == list(same.values("email", "kind", "tier__name"))


def test_it_gives_columns_that_python_has_to_read_as_the_queryset_does(cast):
    rows = Team.objects.filter(tier=Given("tier")).order_by("id").values("slug", "expertise")
    assert Statement(rows).rows(tier=4) == list(Team.objects.filter(tier=4).order_by("id").values("slug", "expertise"))


def test_it_stops_at_its_limit(cast):
    assert len(Statement(User.objects.order_by("id").values("id")).rows(limit=3)) == 3


def test_nothing_is_asked_for_somebody_who_sees_nothing(django_assert_num_queries):
    statement = Statement(User.objects.none().values("id"))
    with django_assert_num_queries(0):
        assert statement.rows() == []


def test_a_place_that_nobody_fills_is_an_error(db):
    with pytest.raises(KeyError, match="who"):
        Statement(User.objects.filter(pk=Given("who")).values("id")).rows()
