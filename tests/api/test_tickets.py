"""tickets/: ask, look, correct, as each kind of person."""

from __future__ import annotations

from tickets.models import Ticket


def open_one(client, **fields):
    return client.post("/api/v1/tickets/", {"subject": "My card", "description": "It does not work.", **fields})


def test_a_customer_opens_a_ticket_and_reads_it_back(cast, api):
    ana = api(cast.ana)
    answer = open_one(ana, severity="high", category="transaction")
    assert answer.status_code == 201, answer.content
    ticket = answer.json()
    assert ticket["reference"].startswith("FIN-") and ticket["status"] == "new"
    assert (ticket["severity"], ticket["category"], ticket["issue_type"]) == (
        "high", "transaction", "transaction_processing_errors",
    )  # fmt: skip
    assert (ticket["tier"], ticket["team"], ticket["assignee"]) == (2, "technical_support", None)
    assert ticket["description"] == "It does not work."
    read = ana.get(answer["Location"])
    assert read.status_code == 200 and read["ETag"] == answer["ETag"] == '"1"'
    assert read.json()["conversation"][0]["body"] == "It does not work."
    assert {name: read.json()[name] for name in ticket} == ticket
    assert Ticket.objects.get().opened_by == cast.ana.user
