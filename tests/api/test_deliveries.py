"""The ledger through the API: who was told by which way, who was not and why; and sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from communications.models import Delivery, DeliveryState
from communications.outbox import deliver
from tests.conftest import NOON
from tests.make import make_ticket

LEDGER = "/api/v1/deliveries/"


@pytest.fixture
def given_up(cast, settings):
    settings.EMAIL_PORT = 1
    ticket = make_ticket(cast.ana)
    deliver(NOON + timedelta(days=5))
    delivery = Delivery.objects.get(message__about_id=ticket.pk)
    assert delivery.state == DeliveryState.DEAD
    return delivery


def test_the_ledger_is_narrowed_by_state_kind_gate_and_subject(cast, api, given_up):
    other = make_ticket(cast.ben)
    tom = api(cast.tom)
    reference = given_up.message.about_reference
    for query, found in (
        ("", [other.reference, reference]),
        ("?state=dead", [reference]),
        ("?state=queued&kind=email&gate=email", [other.reference]),
        (f"?about={reference}", [reference]),
        ("?kind=slack", []),
    ):
        assert [one["about"] for one in tom.get(LEDGER + query).json()["results"]] == found, query


def test_one_entry_shows_every_try_in_the_other_side_s_words(cast, api, given_up):
    entry = api(cast.tom).get(f"{LEDGER}{given_up.pk}/").json()
    assert (entry["state"], entry["purpose"], len(entry["tries"])) == ("dead", "initial_response", 1)
    assert entry["tries"][0]["outcome"] == "temporary"
    assert entry["tries"][0]["answer"] == entry["last_error"] != ""


def test_an_agent_sends_again_with_a_reason_that_stays(cast, api, given_up):
    tom = api(cast.tom)
    path = f"{LEDGER}{given_up.pk}/resend/"
    assert tom.post(path, {}, format="json").json()["errors"][0]["field"] == "reason"
    answer = tom.post(path, {"reason": "The server is back"}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert answer.json()["tries"][-1]["answer"] == "tom@financy.example: The server is back"
    assert tom.post(path, {"reason": "twice"}, format="json").status_code == 409


def test_customers_have_no_ledger_and_agents_none_of_what_they_may_not_see(cast, api, settings):
    settings.EMAIL_PORT = 1
    ticket = make_ticket(cast.ana, category="security")
    delivery = Delivery.objects.get(message__about_id=ticket.pk, message__customer=cast.ana)
    assert api(cast.ana).get(LEDGER).status_code == 403
    assert api(cast.tom).get(f"{LEDGER}{delivery.pk}/").status_code == 404
    assert api(cast.sam).get(f"{LEDGER}{delivery.pk}/").status_code == 200
