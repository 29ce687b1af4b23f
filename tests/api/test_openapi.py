"""The API describes itself, without a warning and as it answers."""

from __future__ import annotations

from io import StringIO

import pytest
import yaml
from django.core.management import call_command

from tests.conftest import NOON
from tests.make import do, make_ticket
from tickets.workflow.escalate import escalate_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket


@pytest.fixture(scope="module")
def description():
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return yaml.safe_load(out.getvalue())


def test_every_operation_asks_for_a_token_and_can_be_refused(description):
    operations = {
        f"{method} {path}": operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }
    assert len(operations) > 25
    for name, operation in operations.items():
        is_open = name == "post /api/v1/chat/visitors/"
        assert operation.get("security", []) == ([] if is_open else [{"token": []}]), name
        assert "application/problem+json" in operation["responses"]["default"]["content"], name
        assert operation.get("description"), name
        headers = {each["name"] for each in operation.get("parameters", []) if each["in"] == "header"}
        assert ("Idempotency-Key" in headers) is name.startswith("post"), name
        assert ("If-Match" in headers) is name.startswith("patch"), name


def test_description_and_pages_are_public_and_run_no_inline_script(db, client):
    answer = client.get("/api/v1/schema/")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/vnd.oai.openapi"
    assert client.get("/api/v1/schema/?format=json").json() == yaml.safe_load(answer.content)
    page = client.get("/api/v1/docs/").content.decode()
    assert "<script" in page
    assert all("src=" in part.partition(">")[0] for part in page.split("<script")[1:])


def fields_of(description, component):
    schema = description["components"]["schemas"][component]
    return set(schema["properties"]), set(schema["required"])


@pytest.mark.parametrize(
    ("address", "component"),
    [
        ("", "TicketDetail"),
        ("replies/", "ReplyRow"),
        ("deadlines/", "DeadlineRow"),
        ("escalations/", "EscalationRow"),
        ("/api/v1/tickets/", "TicketRow"),
        ("/api/v1/messages/", "MessageRow"),
        ("/api/v1/customers/", "CustomerRow"),
        ("/api/v1/organisations/", "OrganisationRow"),
    ],
)
def test_answers_have_the_fields_that_are_described(cast, api, description, address, component):
    ticket = make_ticket(cast.ben)
    do(reply_to_ticket, ticket, by=cast.tom, at=NOON, body="Hello")
    do(escalate_ticket, ticket, by=cast.tom, at=NOON, reason="r", trigger="Customer request for escalation")
    do(resolve_ticket, ticket, by=cast.theo, at=NOON, summary="s", actions_taken="a", prevention_measures="p")
    path = address if address.startswith("/") else f"/api/v1/tickets/{ticket.reference}/{address}"
    every, required = fields_of(description, component)
    for who, expected in ((cast.ada, every), (cast.ben, required)):
        answer = api(who).get(path).json()
        rows = answer.get("results", [answer])
        assert rows
        for row in rows:
            assert set(row) == expected, who
