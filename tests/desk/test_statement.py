"""A statement that is written once gives what its queryset gives, for whomever it is filled."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.team import Team
from financy_support.desk.people.user import User
from financy_support.desk.statement import FEW, Given, Statement, insert


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


def test_what_never_changes_is_part_of_its_text_percent_signs_too(cast):
    with acting(by=cast.ada, channel="test"):
        User.objects.filter(pk=cast.tom.pk).update(name="Tom 100% {there}")
    sure = Statement(User.objects.filter(name__contains="100% {", tier=Given("tier")).values("email"))
    assert sure.rows(tier=cast.tom.tier_id) == [{"email": cast.tom.email}]
    assert sure.rows(tier=cast.tina.tier_id) == []


def test_postgres_plans_it_once_a_connection_and_it_is_counted_as_any_other(cast):
    statement = Statement(User.objects.filter(tier=Given("tier")).order_by("id").values("email"))
    with CaptureQueriesContext(connection) as seen:
        for tier in (1, 2, 1):
            assert statement.rows(tier=tier)
    assert len(seen) == 3 and all("desk_user" in one["sql"] for one in seen.captured_queries)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(generic_plans + custom_plans) FROM pg_prepared_statements WHERE statement LIKE %s",
                       ["%desk_user%tier_id%ORDER BY%"])  # fmt: skip
        assert cursor.fetchone() == (3,)


def test_rows_are_inserted_with_their_ids_and_history_however_many(cast):
    for count in (1, FEW + 1):
        people = [Customer(name=f"{count} {number}", email=f"{count}-{number}@example.com") for number in range(count)]
        with acting(by=cast.ada, channel="test"):
            insert(people)
        assert [Customer.objects.get(pk=one.pk).email for one in people] == [one.email for one in people]
        assert [one.history.get().history_channel for one in people] == ["test"] * count
