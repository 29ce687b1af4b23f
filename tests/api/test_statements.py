"""What each endpoint costs the database: little, and the same however much there is (design §10, P1–P3, P10)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import NOON
from tests.make import do, make_ticket
from tickets.workflow.assign import assign_ticket
from tickets.workflow.escalate import escalate_ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket

LIST = "/api/v1/tickets/"
BODY = {"subject": "s", "description": "d", "severity": "high", "category": "billing"}


def busy_ticket(cast, customer, rounds):
    ticket = make_ticket(customer)
    do(assign_ticket, ticket, by=cast.tom, at=NOON, to=cast.tom)
    for number in range(rounds):
        at = NOON + timedelta(minutes=number)
        do(reply_to_ticket, ticket, by=cast.tom, at=at, body="a")
        do(reply_to_ticket, ticket, by=customer.user, at=at, body="q")
        do(note_ticket, ticket, by=cast.tom, at=at, body="n")
    do(escalate_ticket, ticket, by=cast.tom, at=NOON, reason="r", trigger="Customer request for escalation")
    return ticket


def counted(statements, client, path):
    client.get(path)
    with statements() as taken:
        answer = client.get(path)
    assert answer.status_code < 300, answer.content
    return len(taken.sent), answer


@pytest.mark.parametrize("who", ["ana", "ben", "tom", "tina", "sam", "ada"])
@pytest.mark.parametrize("query", ["", "?ordering=created_at", "?status=open,new&severity=medium&q=card"])
def test_a_page_of_tickets_costs_two_statements_and_a_search_three_whatever_the_rows(cast, api, statements, who, query):
    client = api(getattr(cast, who))
    for count in (1, 12):
        for _ in range(count):
            make_ticket(cast.ana)
            make_ticket(cast.ben, severity="high")
        # The page and its reader; a search looks its words up first.
        assert counted(statements, client, LIST + query)[0] == (3 if "q=" in query else 2)


def test_the_queue_by_due_time_costs_three_at_most(cast, api, statements):
    for _ in range(5):
        make_ticket(cast.ana)
    tom = api(cast.tom)
    second = tom.get(f"{LIST}?ordering=next_due_at&page_size=2").json()["next"]
    assert counted(statements, tom, second)[0] == 2
    third = tom.get(second).json()["next"]  # it reaches the end of what is due, and looks beyond
    assert counted(statements, tom, third)[0] == 3
    assert counted(statements, tom, f"{LIST}?ordering=next_due_at")[0] == 2


@pytest.mark.parametrize("who", ["ben", "tom", "ada"])
def test_the_whole_ticket_costs_six_statements_whatever_was_said(cast, api, statements, who):
    client = api(getattr(cast, who))
    short, long = (busy_ticket(cast, cast.ben, rounds) for rounds in (1, 15))
    for ticket in (short, long):
        cost, answer = counted(statements, client, f"{LIST}{ticket.reference}/")
        assert cost == 6
    assert len(answer.json()["conversation"]) == (31 if who == "ben" else 46)


@pytest.mark.parametrize("who", ["ana", "tom", "monitor"])
def test_opening_a_ticket_costs_twelve_statements_at_most(cast, api, statements, who):
    person = getattr(cast, who)
    scopes = ("tickets:write", "customers:read") if who == "monitor" else ()
    client = api(person, *scopes)
    body = BODY if who == "ana" else {**BODY, "customer": "ana@example.com"}
    client.post(LIST, body, headers={"Idempotency-Key": "warm"})
    with statements() as taken:
        answer = client.post(LIST, body, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201
    assert len(taken.sent) <= 12, "\n".join(taken.sent)


@pytest.mark.parametrize("part", ["replies/", "notes/", "attachments/", "deadlines/", "escalations/", "history/"])
def test_each_part_of_a_ticket_costs_the_same_at_one_row_and_at_many(cast, api, statements, part):
    client = api(cast.ada)
    costs = set()
    for rounds in (1, 8):
        path = f"{LIST}{busy_ticket(cast, cast.ben, rounds).reference}/{part}"
        costs.add(counted(statements, client, path)[0])
    assert len(costs) == 1 and costs.pop() <= 5


@pytest.mark.parametrize("path", ["messages", "customers", "organisations"])
def test_other_lists_cost_three_statements_at_most_whatever_the_rows(cast, api, statements, path):
    client = api(cast.tina)
    costs = set()
    for _ in range(2):
        for _ in range(6):
            make_ticket(cast.ana)
        costs.add(counted(statements, client, f"/api/v1/{path}/")[0])
    assert len(costs) == 1 and costs.pop() <= 3
