"""Phone calls over the API and in the back office."""

from __future__ import annotations

from datetime import timedelta

from tests.make import make_ticket

MINUTE = timedelta(minutes=1)


def test_the_doors_log_calls(cast, api, client):
    ticket = make_ticket(cast.ben)
    at_ticket = f"/api/v1/tickets/{ticket.reference}/calls/"
    answer = api(cast.tom).post(
        at_ticket, {"direction": "outbound", "is_answered": True, "duration": 90, "notes": "Hi"}
    )
    assert answer.status_code == 201, answer.content
    assert answer.json() | {"id": 0, "created_at": ""} == {
        "id": 0, "ticket": ticket.reference, "direction": "outbound", "number": "", "is_answered": True,
        "duration": "90.0", "notes": "Hi", "is_public": True, "source": None, "created_at": "",
        "by": "tom@financy.example",
    }  # fmt: skip
    assert api(cast.tom).get(at_ticket).json()["results"] == [answer.json()]
    refused = api(cast.tom).post(at_ticket, {"direction": "up", "is_answered": True, "agent": "no@one.example"})
    assert {one["field"] for one in refused.json()["errors"]} == {"direction"}
    waits = api(cast.monitor, "tickets:write").post(
        "/api/v1/calls/", {"direction": "inbound", "number": "+4930123456", "is_answered": False},
        headers={"Idempotency-Key": "1"},
    )  # fmt: skip
    assert (waits.status_code, waits.json()["ticket"]) == (201, None)
    client.force_login(cast.tom, backend="django.contrib.auth.backends.ModelBackend")
    place = {"action": "place", "_selected_action": waits.json()["id"], "ticket": ticket.reference}
    shown = client.post("/admin/tickets/phonecall/?waits=1", place, follow=True).content.decode()
    assert f"1 placed on {ticket.reference}." in shown
    typed = {"direction": "inbound", "is_answered": "on", "minutes": "3", "notes": "Typed in", "is_public": "on"}
    assert client.post(f"/admin/tickets/ticket/{ticket.pk}/do/log_call/", typed).status_code == 302
    assert ticket.calls.filter(notes="Typed in", duration=3 * MINUTE).exists()
