"""Teams over a real socket: a card that the workflow takes, whose address is a secret and stays one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from communications.channels.teams import LARGEST, card_of
from communications.models import DeliveryState
from communications.outbox import deliver
from tests.communications.conftest import SOON
from tests.communications.places import REFERENCE, place_at, teller
from tests.sinks.http import Stage, drop, hang, say, too_many
from tests.sinks.teams import SIGNATURE, TeamsSink

LATER = SOON + timedelta(minutes=11)


@pytest.fixture
def workflow(settings):
    settings.PROVIDER_TIMEOUT = 1.5
    with TeamsSink() as server:
        yield server


@pytest.fixture
def tell(cast, workflow):
    return teller(cast, place_at(cast, "teams", "Support / General", secret=workflow.address))


def test_a_card_is_taken_and_says_what_was_meant(tell, workflow):
    delivery = tell(body="First *line*.\n\n[click](http://evil.example) <at>all</at>")
    assert deliver(SOON) == {"delivered": 1}
    (card,) = workflow.cards
    runs = [run["text"] for block in card["body"] for run in block["inlines"]]
    assert runs == [f"{REFERENCE} Card declined", "First *line*.", "[click](http://evil.example) <at>all</at>"]
    assert {block["type"] for block in card["body"]} == {
        "RichTextBlock"
    }  # no markdown in it, so no link and no mention
    assert card["actions"][0]["url"].endswith(f"/admin/communications/message/{delivery.message_id}/change/")
    delivery.refresh_from_db()
    assert len(delivery.provider_id) == 32
    assert delivery.address == "Support / General"


@pytest.mark.parametrize("body", ["word " * 19_000, "é" * 30_000, '"\\\n' * 20_000, "☂" * 12_000])
def test_long_words_are_cut_to_what_teams_takes_and_say_so(tell, workflow, body):
    delivery = tell(subject="s" * 240, body=body)
    assert LARGEST * 0.8 < len(card_of(delivery)) <= LARGEST
    assert deliver(SOON) == {"delivered": 1}
    assert workflow.refused == []
    assert "Shortened" in str(workflow.cards[0]["body"][-1])


def test_the_secret_lies_sealed_and_joins_no_answer_and_no_log(tell, workflow, caplog):
    caplog.set_level("DEBUG")
    workflow.then(say(400, f"No: {workflow.address} {SIGNATURE}"), drop(Stage.READ))
    delivery = tell()
    assert deliver(SOON) == {"permanent": 1}
    tell()
    deliver(SOON)
    with connection.cursor() as cursor:
        for table in ("provideraccount", "historicalprovideraccount", "destination", "delivery", "deliveryattempt"):
            cursor.execute(f"SELECT string_agg(to_jsonb(t)::text, '') FROM communications_{table} t")
            assert SIGNATURE not in (cursor.fetchone()[0] or "")
    delivery.refresh_from_db()
    assert "[secret]" in delivery.last_error
    assert SIGNATURE not in caplog.text


@pytest.mark.parametrize("state", ["off", "gone"])
def test_a_workflow_that_is_off_or_gone_is_refused_for_good_with_the_way_out(tell, workflow, state):
    workflow.is_enabled, workflow.is_deleted = state != "off", state == "gone"
    delivery = tell()
    assert deliver(SOON) == {"permanent": 1}
    delivery.refresh_from_db()
    assert ("Turn the workflow on" if state == "off" else "The workflow is gone") in delivery.last_error


def test_a_wrong_signature_waits_until_it_is_mended(cast, workflow):
    tell = teller(cast, place_at(cast, "teams", "General", secret=workflow.address.replace(SIGNATURE, "another")))
    delivery = tell()
    assert deliver(SOON) == {"temporary": 1}
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.QUEUED
    assert "correct the account's secret" in delivery.last_error
    assert "another" not in delivery.last_error


def test_too_many_at_once_is_asked_again_when_teams_says(tell, workflow):
    workflow.then(too_many(30))
    delivery = tell()
    assert deliver(SOON) == {"temporary": 1}
    delivery.refresh_from_db()
    assert delivery.due_at == SOON + timedelta(seconds=30)


def test_a_server_in_trouble_is_tried_again(tell, workflow):
    workflow.then(say(500, "down"))
    tell()
    assert deliver(SOON) == {"temporary": 1}
    assert deliver(LATER) == {"delivered": 1}


@pytest.mark.parametrize("fault", [drop(Stage.TAKEN), hang(Stage.TAKEN), say(504, "", stage=Stage.TAKEN)])
def test_a_card_in_doubt_is_sent_once_more_since_teams_cannot_be_asked(tell, workflow, fault):
    workflow.then(fault, fault)
    delivery = tell()
    assert deliver(SOON) == {"unknown": 1}
    assert deliver(LATER) == {"unknown": 1}
    delivery.refresh_from_db()
    assert (delivery.state, len(workflow.cards)) == (DeliveryState.DEAD, 2)
