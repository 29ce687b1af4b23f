"""assign/ … close/: each calls its verb in the name of the asker, and its gates hold."""

from __future__ import annotations

import pytest

from communications.models import Message
from tests.make import make_ticket

CRITERION = "Customer request for escalation"
RESOLUTION = {"summary": "Card sent anew", "actions_taken": "Ordered", "prevention_measures": "Tracked post"}
PROGRESS = {"details": "d", "next_steps": "n", "estimated_resolution": "2199-01-01T00:00:00Z"}


@pytest.fixture
def ticket(cast):
    return make_ticket(cast.ana, category="billing")


@pytest.fixture
def post(ticket):
    def post_to(client, verb, body=None):
        return client.post(f"/api/v1/tickets/{ticket.reference}/{verb}/", body or {})

    return post_to


def test_the_story_of_a_ticket_from_asked_to_closed(cast, api, ticket, post):
    tom, tina, ana = api(cast.tom), api(cast.tina), api(cast.ana)
    answer = post(tom, "assign", {"assignee": "tom@financy.example"})
    assert (answer.json()["assignee"], answer.json()["status"]) == ("tom@financy.example", "open")
    said = post(tom, "replies", {"body": "I am looking."})
    assert said.status_code == 201 and said.json()["voice"] == "agent" and said.json()["author"] == "Tom"
    assert post(tom, "hold", {"reason": "customer"}).json()["hold_reason"] == "customer"
    assert post(ana, "replies", {"body": "Here it is."}).status_code == 201
    assert post(tom, "hold", {"reason": "vendor"}).json()["status"] == "on_hold"
    assert post(tom, "resume").json()["status"] == "open"
    answer = post(
        tom, "escalate", {"to_tier": 2, "reason": "Needs logs", "trigger": CRITERION, "handoff": {"impact": "one"}}
    )
    assert answer.status_code == 200, answer.content
    assert (answer.json()["tier"], answer.json()["team"]) == (2, "technical_support")
    estimate = {"details": "Found it", "next_steps": "Send", "estimated_resolution": "2199-01-01T00:00:00Z"}
    assert post(tina, "progress", estimate).status_code == 200
    assert post(tina, "severity", {"severity": "critical", "reason": "Many"}).json()["tier"] == 3
    answer = post(api(cast.theo), "resolve", RESOLUTION)
    assert answer.json()["status"] == "resolved"
    assert post(ana, "reopen", {"reason": "Not yet"}).json()["cycle"] == 2
    assert post(api(cast.theo), "resolve", RESOLUTION).status_code == 200
    assert post(ana, "close").json()["status"] == "closed"
    kinds = set(Message.objects.values_list("purpose", flat=True))
    assert kinds == {
        "initial_response", "agent_reply", "escalation_notification", "progress_update", "resolution_notification",
        "escalation_internal",
    }  # fmt: skip
    channels = {
        row["channel"] for row in api(cast.ada).get(f"/api/v1/tickets/{ticket.reference}/history/").json()["results"]
    }
    assert channels == {"test", "api"}


def test_history_says_who_changed_what_and_why(cast, api, ticket, post):
    post(api(cast.tom), "severity", {"severity": "low", "reason": "One card only"})
    newest, oldest = api(cast.tom).get(f"/api/v1/tickets/{ticket.reference}/history/").json()["results"]
    assert (newest["by"], newest["reason"]) == ("tom@financy.example", "One card only")
    assert {"field": "severity", "before": "medium", "after": "low"} in newest["changes"]
    assert all(change["before"] is None for change in oldest["changes"])
    first_page = api(cast.tom).get(f"/api/v1/tickets/{ticket.reference}/history/?page_size=1").json()
    assert first_page["results"] == [newest]


@pytest.mark.parametrize(
    ("verb", "body", "status", "code"),
    [
        ("assign", {"assignee": "nobody@financy.example"}, 400, "unknown"),
        ("assign", {"assignee": "eve@financy.example"}, 400, "unknown"),
        ("assign", {"assignee": "ana@example.com"}, 400, "unknown"),
        ("assign", {}, 400, "required"),
        ("hold", {"reason": "lunch"}, 400, "invalid_choice"),
        ("resume", {}, 409, "conflict"),
        ("resume", {"x": 1}, 400, "unknown_field"),
        ("severity", {"severity": "medium", "reason": "same"}, 409, "unchanged"),
        ("severity", {"severity": "low"}, 400, "required"),
        ("escalate", {"reason": "r", "trigger": "I want to"}, 400, "invalid"),
        ("escalate", {"reason": "r", "trigger": CRITERION, "to_tier": 9}, 400, "max_value"),
        ("escalate", {"reason": "r", "trigger": CRITERION, "team": "no_team"}, 400, "invalid"),
        ("escalate", {"reason": "r", "trigger": CRITERION, "handoff": ["a"]}, 400, "not_a_dict"),
        ("resolve", {"summary": "s"}, 400, "required"),
        ("resolve", {**RESOLUTION, "follow_up_required": True}, 400, "empty"),
        ("close", {}, 409, "not_resolved"),
        ("reopen", {"reason": "again"}, 409, "conflict"),
        (
            "progress",
            {"details": "d", "next_steps": "n", "estimated_resolution": "2001-01-01T00:00:00Z"},
            400,
            "invalid",
        ),
        ("notes", {"body": " "}, 400, "blank"),
        ("replies", {"body": "x", "author": "tom"}, 400, "unknown_field"),
    ],
)
def test_a_refusal_names_its_rule_and_changes_nothing(cast, api, ticket, post, verb, body, status, code):
    before = snapshot(ticket)
    answer = post(api(cast.tom), verb, body)
    assert answer.status_code == status, answer.content
    assert code in [error["code"] for error in answer.json()["errors"]] + [answer.json()["code"]]
    assert snapshot(ticket) == before


def snapshot(ticket):
    return (
        list(ticket.history.values_list("history_id", flat=True)),
        ticket.replies.count(),
        Message.objects.count(),
        ticket.escalations.count(),
    )


@pytest.mark.parametrize("verb", ["assign", "hold", "resume", "severity", "escalate", "progress", "resolve", "notes"])
def test_a_customer_does_not_do_the_desk_s_work_on_their_own_ticket(cast, api, ticket, post, verb):
    body = {
        "assign": {"assignee": None},
        "hold": {"reason": "vendor"},
        "severity": {"severity": "critical", "reason": "now"},
        "escalate": {"reason": "r", "trigger": CRITERION},
        "progress": PROGRESS,
        "resolve": RESOLUTION,
        "notes": {"body": "x"},
    }.get(verb, {})
    before = snapshot(ticket)
    answer = post(api(cast.ana), verb, body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert snapshot(ticket) == before


def test_the_category_is_corrected_from_the_version_that_was_read(cast, api, ticket):
    tom, path = api(cast.tom), f"/api/v1/tickets/{ticket.reference}/"
    assert tom.patch(path, {"category": "api"}).json()["code"] == "precondition_required"
    etag = tom.get(path)["ETag"]
    answer = tom.patch(path, {"category": "api"}, headers={"If-Match": etag})
    assert answer.status_code == 200 and answer.json()["category"] == "api" and answer["ETag"] != etag
    stale = tom.patch(path, {"category": "data"}, headers={"If-Match": etag})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert tom.get(path).json()["category"] == "api"


def test_calling_it_security_hands_it_out_of_sight_at_once(cast, api, ticket):
    tom, path = api(cast.tom), f"/api/v1/tickets/{ticket.reference}/"
    answer = tom.patch(path, {"category": "security"}, headers={"If-Match": tom.get(path)["ETag"]})
    assert answer.status_code == 200 and answer.json()["team"] == "security"
    assert tom.get(path).status_code == 404
    assert api(cast.sam).get(path).status_code == 200
    assert api(cast.ana).get(path).status_code == 200


def test_staff_open_tickets_for_customers_and_customers_only_for_themselves(cast, api):
    body = {"subject": "s", "description": "d"}
    tom, ben = api(cast.tom), api(cast.ben)
    for said in (str(cast.ana.pk), "ANA@example.com"):
        answer = tom.post("/api/v1/tickets/", {**body, "customer": said})
        assert answer.status_code == 201 and answer.json()["customer"]["email"] == "ana@example.com"
    assert tom.post("/api/v1/tickets/", body).json()["errors"][0]["code"] == "required"
    for said in (str(cast.ana.pk), "ana@example.com", "999999999"):
        refused = ben.post("/api/v1/tickets/", {**body, "customer": said})
        assert refused.json()["errors"][0]["code"] == "unknown"
    assert ben.post("/api/v1/tickets/", {**body, "customer": str(cast.ben.pk)}).status_code == 201
    assert api(cast.eve).post("/api/v1/tickets/", {**body, "customer": "ana@example.com"}).status_code == 400


def test_who_names_the_version_they_saw_does_not_escalate_twice(cast, api):
    ticket = make_ticket(cast.ana)
    tom, path = api(cast.tom), f"/api/v1/tickets/{ticket.reference}/"
    seen = tom.get(path).headers["ETag"]
    body = {"reason": "r", "trigger": "Customer request for escalation", "to_tier": 2}
    assert tom.post(f"{path}escalate/", body, format="json", headers={"If-Match": seen}).status_code == 200
    again = tom.post(f"{path}escalate/", body, format="json", headers={"If-Match": seen})
    assert (again.status_code, again.json()["code"]) == (412, "precondition_failed")
    ticket.refresh_from_db()
    assert ticket.tier_id == 2
