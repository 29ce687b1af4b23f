"""Keyset pages: complete, without doubles, in both directions, whatever is written in between."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from financy_support.api.pagination import CursorPage
from financy_support.desk.audit.acting import acting
from tests.conftest import NOON
from tests.make import do, make_ticket
from tickets.models import Ticket
from tickets.workflow.resolve import resolve_ticket

LIST = "/api/v1/tickets/"


def references(client, url):
    """Every row by following ``next``, then back again by ``previous``; both must agree."""
    pages = []
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.content
        pages.append(answer.json())
        url = answer.json()["next"]
    forward = [row["reference"] for page in pages for row in page["results"]]
    backward, url = [], pages[-1]["previous"]
    while url:
        page = client.get(url).json()
        backward = [row["reference"] for row in page["results"]] + backward
        url = page["previous"]
    assert backward + [row["reference"] for row in pages[-1]["results"]] == forward
    assert pages[0]["previous"] is None
    return forward


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_following_next_and_previous_shows_each_row_once(cast, api, size):
    opened = [make_ticket(cast.ana).reference for _ in range(7)]
    ana = api(cast.ana)
    assert references(ana, f"{LIST}?page_size={size}") == opened[::-1]
    assert references(ana, f"{LIST}?page_size={size}&ordering=created_at") == opened


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_queue_goes_by_what_is_due_next_and_ends_with_what_is_not(cast, api, size):
    hours = [3, 1, 2, 1, 5]
    tickets = [make_ticket(cast.ana, at=NOON + timedelta(hours=hour)) for hour in hours]
    undated = [make_ticket(cast.ana) for _ in range(3)]
    for one in undated:  # nothing due, though live: every promise met
        strip_due(cast, one)
    done = make_ticket(cast.ana)
    do(resolve_ticket, done, by=cast.tom, at=NOON, summary="s", actions_taken="a", prevention_measures="p")
    by_due = sorted(tickets, key=lambda one: (one.next_due_at, one.pk))
    expected = [one.reference for one in (*by_due, *undated)]
    assert references(api(cast.tom), f"{LIST}?page_size={size}&ordering=next_due_at") == expected


def strip_due(cast, ticket):
    with acting(by=cast.tom, channel="test"):
        ticket.deadlines.all().cancel(NOON, reason="test")
        Ticket.objects.filter(pk=ticket.pk).update_in_queue()


def test_rows_that_come_and_go_between_pages_neither_double_nor_hide_others(cast, api):
    opened = [make_ticket(cast.ana).reference for _ in range(4)]
    ana = api(cast.ana)
    first = ana.get(f"{LIST}?page_size=2").json()
    make_ticket(cast.ana)
    second = ana.get(first["next"]).json()
    assert [row["reference"] for row in first["results"] + second["results"]] == opened[::-1]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("page_size=0", "out_of_range"),
        ("page_size=101", "out_of_range"),
        ("page_size=-1", "out_of_range"),
        ("page_size=²", "out_of_range"),
        ("page_size=99999999999999999999", "out_of_range"),
        ("cursor=WyJ4IiwgZmFsc2UsIFsxXV0", "invalid_cursor"),
        ("cursor=%00", "invalid_cursor"),
        ("ordering=subject", "invalid_choice"),
        ("ordering=", "invalid_choice"),
        ("ordering=assignee__password", "invalid_choice"),
    ],
)
def test_a_page_that_cannot_be_is_refused(cast, api, query, code):
    answer = api(cast.ana).get(f"{LIST}?{query}")
    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_a_cursor_of_another_order_or_with_one_letter_changed_is_refused(cast, api):
    make_ticket(cast.ana)
    make_ticket(cast.ana)
    tom = api(cast.tom)
    link = tom.get(f"{LIST}?page_size=1").json()["next"]
    assert tom.get(f"{link}&ordering=next_due_at").status_code == 400
    head, _, cursor = link.partition("cursor=")
    swapped = "A" if cursor[0] != "A" else "B"
    assert tom.get(f"{head}cursor={swapped}{cursor[1:]}").status_code == 400


def test_a_customer_cannot_sort_by_the_desk_s_own_deadlines(cast, api):
    assert api(cast.ana).get(f"{LIST}?ordering=next_due_at").status_code == 400


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(due=st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=9), size=st.integers(1, 4))
def test_any_mix_of_equal_and_missing_keys_is_paged_completely(cast, due, size):
    """Straight at the paginator, on rows that PostgreSQL makes up for the moment."""
    with acting(by=cast.ana.user, channel="test"):
        tickets = [make_ticket(cast.ana) for _ in due]
        for ticket, hour in zip(tickets, due, strict=True):
            at = None if hour is None else NOON + timedelta(hours=hour)
            Ticket.objects.filter(pk=ticket.pk).update(next_due_at=at)
    rows = Ticket.objects.filter(pk__in=[one.pk for one in tickets])
    expected = [
        one.pk for one in sorted(rows, key=lambda one: (one.next_due_at is None, one.next_due_at or NOON, one.pk))
    ]

    class View:
        orders = {"due": ("next_due_at", "pk")}

    seen, url = [], f"/x/?page_size={size}"
    while url:
        page = CursorPage()
        seen += page.paginate_queryset(rows.values("pk", "next_due_at"), Request(APIRequestFactory().get(url)), View())
        url = page.next_link
    assert [row["pk"] for row in seen] == expected
