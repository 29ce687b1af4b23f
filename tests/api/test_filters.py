"""Lists narrow by what is known, and refuse what is not; a customer cannot ask by what they cannot see."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from tests.make import do, make_ticket
from tickets.workflow.assign import assign_ticket
from tickets.workflow.note import note_ticket

LIST = "/api/v1/tickets/"


@pytest.fixture
def tickets(cast):
    now = timezone.now()
    fresh = make_ticket(cast.ana, at=now, subject="Cartão perdido", severity="low", category="billing")
    late = make_ticket(cast.ben, at=now - timedelta(days=9), description="Where is my transfer?", severity="high")
    do(assign_ticket, late, by=cast.tina, at=now, to=cast.tina)
    do(note_ticket, fresh, by=cast.tom, at=now, body="suspicious walrus")
    return {"fresh": fresh.reference, "late": late.reference}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"fresh", "late"}),
        ("status=new", {"fresh"}),
        ("status=new,open", {"fresh", "late"}),
        ("severity=high,low", {"fresh", "late"}),
        ("severity=critical", set()),
        ("tier=2", {"late"}),
        ("team=technical_support", {"late"}),
        ("team=no_such_team", set()),
        ("language=pt", {"fresh"}),
        ("channel=email_support", {"fresh", "late"}),
        ("category=billing", {"fresh"}),
        ("q=transfer", {"late"}),
        ("q=cartão", {"fresh"}),
        ("q=walrus", {"fresh"}),
        ("q=" + quote("'; DROP TABLE x; -- & | ! :* <->"), set()),
        ("assignee=me", {"late"}),
        ("assignee=none", {"fresh"}),
        ("assignee=TINA@financy.example", {"late"}),
        ("customer=ben@example.com", {"late"}),
        ("customer=" + "9" * 30, set()),
        ("breached=true", {"late"}),
        ("breached=false", {"fresh"}),
        ("due_before=2199-01-01T00:00:00Z", {"fresh", "late"}),
        ("due_before=2020-01-01T00:00:00Z", set()),
        ("status=open&severity=high&q=transfer", {"late"}),
    ],
)
def test_staff_narrow_by_anything_a_queue_needs(cast, api, tickets, query, found):
    answer = api(cast.tina).get(f"{LIST}?{query}")
    assert answer.status_code == 200, answer.content
    assert {row["reference"] for row in answer.json()["results"]} == {tickets[name] for name in found}


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("sate=new", "sate", "unknown_filter"),
        ("status=new&status=open", "status", "said_twice"),
        ("status=", "status", "empty"),
        ("status=gone", "status", "invalid_choice"),
        ("status=new,gone", "status", "invalid_choice"),
        ("severity=p1", "severity", "invalid_choice"),
        ("tier=5", "tier", "invalid_choice"),
        ("breached=perhaps", "breached", "invalid_choice"),
        ("due_before=soon", "due_before", "invalid"),
        ("q=" + "x" * 257, "q", "max_length"),
        ("q=%00", "q", "null_characters_not_allowed"),
        ("language=de", "language", "invalid_choice"),
        ("customer__email=x", "customer__email", "unknown_filter"),
    ],
)
def test_what_is_not_known_is_named_and_refused(cast, api, query, field, code):
    answer = api(cast.tom).get(f"{LIST}?{query}")
    assert answer.status_code == 400, answer.content
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize("name", ["assignee", "breached", "due_before", "customer", "is_security", "next_due_kind"])
def test_a_customer_cannot_ask_by_what_they_cannot_see(cast, api, name):
    answer = api(cast.ana).get(f"{LIST}?{name}=true")
    assert [error["code"] for error in answer.json()["errors"]] == ["unknown_filter"]
    assert name not in answer.json()["errors"][0]["detail"].partition("Known:")[2]


def test_a_customer_s_search_does_not_reach_internal_notes(cast, api, tickets):
    assert api(cast.ana).get(f"{LIST}?q=walrus").json()["results"] == []
    assert len(api(cast.ana).get(f"{LIST}?q=cartão").json()["results"]) == 1


@pytest.mark.parametrize("path", ["customers", "organisations", "messages"])
def test_other_lists_are_as_strict(cast, api, path):
    assert api(cast.tom).get(f"/api/v1/{path}/?nonsense=1").json()["errors"][0]["code"] == "unknown_filter"


def test_messages_narrow_by_what_the_handbook_records_of_them(cast, api):
    make_ticket(cast.ana, at=timezone.now(), severity="critical")
    make_ticket(cast.ben, at=timezone.now(), severity="low")

    def found(client, query):
        answer = client.get(f"/api/v1/messages/?{query}")
        return answer.status_code if answer.status_code != 200 else len(answer.json()["results"])

    ada, ana = api(cast.ada), api(cast.ana.user)
    assert found(ada, "update_type=initial") == 2 and found(ada, "update_type=resolution") == 0
    assert found(ada, "priority=critical") == 1 and found(ada, "escalation_level=tier_1_to_2") == 0
    assert found(ada, "expected_within=00:15:00") == 1 and found(ada, "expected_within=24:00:00") == 2
    assert found(ana, "update_type=initial") == 1
    assert found(ana, "priority=critical") == 400 == found(ana, "escalation_level=x")
