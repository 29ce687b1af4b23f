"""Webhooks through their doors: registered once, the secret told once and stored nowhere, the log by pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from communications.models import Delivery, WebhookEndpoint
from communications.outbox import deliver
from financy_support.api.models import IdempotencyKey
from tests.conftest import NOON
from tests.make import do, make_ticket
from tests.sinks.http import say
from tests.sinks.webhook import WebhookSink
from tickets.workflow.hold import hold_ticket

HOOKS = "/api/v1/webhooks/"
SCOPES = ("webhooks", "tickets:read")


@pytest.fixture
def tool(cast, api):
    return api(cast.monitor, *SCOPES)


@pytest.fixture
def board():
    with WebhookSink() as server:
        yield server


def post(client, path, body=None, key="k"):
    return client.post(path, body or {}, format="json", headers={"Idempotency-Key": key})


def registered(tool, board, key="register", **more):
    answer = post(tool, HOOKS, {"url": board.address, **more}, key)
    assert answer.status_code == 201, answer.content
    board.secrets.append(answer.json()["secret"])
    return answer.json()


def test_a_tool_registers_hears_a_test_and_a_ticket_and_reads_the_log(cast, tool, board):
    made = registered(tool, board, events=["ticket.opened"], description="The board")
    assert made["url"] == board.address and made["secret"].startswith("whsec_")
    ticket = make_ticket(cast.ben)
    do(hold_ticket, ticket, reason="vendor", by=cast.tom, at=NOON)
    assert post(tool, f"{HOOKS}{made['id']}/test/").status_code == 202
    Delivery.objects.exclude(kind="webhook").update(state="parked")
    deliver(NOON + timedelta(days=900))
    assert board.events == ["ticket.opened", "webhook.test"] and board.refused == []
    log = tool.get(f"{HOOKS}{made['id']}/deliveries/").json()["results"]
    assert [(one["event"], one["about"], one["state"]) for one in log] == [
        ("webhook.test", f"webhook {made['id']}", "delivered"),
        ("ticket.opened", ticket.reference, "delivered"),
    ]
    assert {one["webhook_id"] for one in log} == set(board.heard)
    only = tool.get(f"{HOOKS}{made['id']}/deliveries/?event=ticket.opened&about={ticket.reference}").json()["results"]
    assert only == log[1:]


def test_a_repeated_registration_is_answered_without_the_secret_which_is_stored_nowhere(tool, board):
    made = registered(tool, board)
    again = post(tool, HOOKS, {"url": board.address}, "register")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert again.json() == {name: value for name, value in made.items() if name != "secret"}
    assert not any(made["secret"].encode() in bytes(one.body) for one in IdempotencyKey.objects.all())
    assert "secret" not in tool.get(f"{HOOKS}{made['id']}/").json()


def test_a_change_names_the_version_it_was_made_from(tool, board):
    made = registered(tool, board)
    path = f"{HOOKS}{made['id']}/"
    tag = tool.get(path).headers["ETag"]
    assert tool.patch(path, {"is_active": False}, format="json").status_code == 428
    changed = tool.patch(path, {"is_active": False}, format="json", headers={"If-Match": tag})
    assert changed.status_code == 200 and changed.json()["off_because"] == "Monitor switched it off."
    assert tool.patch(path, {"description": "x"}, format="json", headers={"If-Match": tag}).status_code == 412
    refused = post(tool, f"{path}test/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_use")


def test_a_new_secret_is_told_and_signs_with_the_former_one(tool, board):
    made = registered(tool, board)
    answer = post(tool, f"{HOOKS}{made['id']}/rotate/", key="rotate")
    assert answer.json()["secret"] not in ("", made["secret"])
    assert answer.json()["before_until"]
    assert WebhookEndpoint.objects.get().secret_before == made["secret"]


def test_what_was_given_up_comes_once_more_by_one_or_by_all(tool, board):
    made = registered(tool, board)
    post(tool, f"{HOOKS}{made['id']}/test/")
    board.then(*[say(400)] * 2)
    deliver(NOON + timedelta(days=900))  # past the four days in which it is tried
    (lost,) = tool.get(f"{HOOKS}{made['id']}/deliveries/?state=dead").json()["results"]
    assert lost["last_error"].startswith("400")
    resent = post(tool, f"{HOOKS}deliveries/{lost['id']}/resend/", key="one")
    assert (resent.status_code, resent.json()["state"], resent.json()["webhook_id"]) == (
        202, "queued", lost["webhook_id"],
    )  # fmt: skip
    assert post(tool, f"{HOOKS}deliveries/{lost['id']}/resend/", key="two").json()["code"] == "on_its_way"
    Delivery.objects.update(state="parked")
    assert post(tool, f"{HOOKS}{made['id']}/recover/", {"since": "2020-01-01T00:00:00Z"}, "all").json() == {"queued": 1}


def test_what_is_wrong_is_named(tool, board, cast, api):
    for body, field in (
        ({"url": "ftp://x.example/"}, "url"),
        ({"url": board.address, "events": ["ticket.exploded"]}, "events"),
        ({"url": board.address, "secret": "mine"}, "secret"),
        ({}, "url"),
    ):
        refused = post(tool, HOOKS, body, key=str(body))
        assert refused.status_code == 400, refused.content
        assert refused.json()["errors"][0]["field"] == field
    assert post(api(cast.monitor, "webhooks"), HOOKS, {"url": board.address}).status_code == 403
