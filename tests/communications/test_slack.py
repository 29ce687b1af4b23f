"""Slack over a real socket: `ok` is success and nothing else is; what may have arrived is looked for, not repeated."""

from __future__ import annotations

from datetime import timedelta

import pytest

from communications.models import DeliveryState, ProviderAccount
from communications.outbox import deliver
from financy_support.desk.audit.acting import acting
from tests.communications.conftest import SOON, outcomes_of
from tests.communications.places import REFERENCE, place_at, teller
from tests.sinks.http import Stage, drop, hang, say, too_many
from tests.sinks.slack import TOKEN, Channel, SlackSink

LATER = SOON + timedelta(minutes=11)


@pytest.fixture
def workspace(settings):
    settings.PROVIDER_TIMEOUT = 1.5
    with SlackSink() as server:
        yield server


@pytest.fixture
def channel(cast, workspace):
    return place_at(cast, "slack", "C0SUPPORT", base_url=workspace.base_url, secret=TOKEN)


@pytest.fixture
def tell(cast, channel):
    return teller(cast, channel)


def test_a_post_is_said_once_and_its_name_is_kept(tell, workspace):
    delivery = tell(body="Look & <see>\n\n@here *now* <!channel>")
    assert deliver(SOON) == {"delivered": 1}
    (post,) = workspace.posts
    delivery.refresh_from_db()
    assert delivery.provider_id == f"C0SUPPORT:{post['ts']}"
    texts = [block["text"]["text"] for block in post["blocks"] if "text" in block]
    assert texts == [f"{REFERENCE} Card declined", "Look &amp; &lt;see&gt;\n\n@here *now* &lt;!channel&gt;\n"]
    assert f"/admin/communications/message/{delivery.message_id}/change/|{REFERENCE}>" in str(post["blocks"][-1])
    assert (len(workspace.requests), workspace.refused) == (1, [])


@pytest.mark.parametrize(
    "body", ["word " * 20_000, "é" * 60_000, "<&>" * 9_000, "\n\n".join("line" for _ in range(8000))]
)
def test_long_words_are_cut_to_what_slack_takes_and_say_so(tell, workspace, body):
    tell(subject="s" * 400, body=body)
    assert deliver(SOON) == {"delivered": 1}
    assert workspace.refused == []
    (post,) = workspace.posts
    assert "Shortened. The whole message" in str(post["blocks"][-1])


@pytest.mark.parametrize(
    ("address", "error"), [("C0NOWHERE", "channel_not_found"), ("C0OLD", "is_archived"), ("C0ALIEN", "not_in_channel")]
)
def test_a_channel_that_cannot_be_written_to_is_refused_for_good_with_the_way_out(tell, workspace, address, error):
    workspace.channels |= {"C0OLD": Channel(is_archived=True), "C0ALIEN": Channel(is_member=False)}
    delivery = tell()
    delivery.address = address
    delivery.save()
    assert deliver(SOON) == {"permanent": 1}
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DEAD
    assert delivery.last_error.startswith(f"{error} — ")
    assert len(delivery.last_error) > len(error) + 20


@pytest.mark.parametrize("broken", ["token", "scope"])
def test_what_is_wrong_with_our_log_in_waits_until_it_is_mended(tell, workspace, broken):
    if broken == "token":
        workspace.token = "xoxb-another"
    else:
        workspace.scopes.clear()
    first, second = tell(), tell()
    assert deliver(SOON) == {"temporary": 1}  # the second is not even tried: Slack is away for us
    first.refresh_from_db()
    assert first.state == DeliveryState.QUEUED
    assert "correct the account" in first.last_error
    workspace.token, workspace.scopes = TOKEN, {"chat:write"}
    workspace.interval = 0
    for later in (timedelta(hours=1), timedelta(hours=1, seconds=2)):
        assert deliver(SOON + later) == {"delivered": 1}
    second.refresh_from_db()
    assert second.state == DeliveryState.DELIVERED


def test_too_many_at_once_is_asked_again_when_slack_says(tell, workspace):
    workspace.then(too_many(30, {"ok": False, "error": "ratelimited"}))
    delivery = tell()
    assert deliver(SOON) == {"temporary": 1}
    delivery.refresh_from_db()
    assert delivery.due_at == SOON + timedelta(seconds=30)
    assert workspace.posts == []


@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "service_unavailable", "rate_limited"])
def test_what_passes_is_tried_again(tell, workspace, error):
    workspace.then(say(200, {"ok": False, "error": error}))
    tell()
    assert deliver(SOON) == {"temporary": 1}
    assert deliver(LATER) == {"delivered": 1}


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_in_trouble_is_tried_again_and_not_asked_for_the_others(tell, workspace, status):
    workspace.then(say(status, "<html>down</html>"))
    tell()
    tell()
    assert deliver(SOON) == {"temporary": 1}
    assert len(workspace.requests) == 1


@pytest.mark.parametrize("fault", [drop(Stage.TAKEN), hang(Stage.TAKEN), say(504, "", stage=Stage.TAKEN)])
def test_a_post_in_doubt_that_had_arrived_is_found_and_not_said_twice(tell, workspace, fault):
    workspace.then(fault)
    delivery = tell()
    assert deliver(SOON) == {"unknown": 1}
    assert deliver(LATER) == {"delivered": 1}
    assert len(workspace.posts) == 1
    delivery.refresh_from_db()
    assert delivery.provider_id == f"C0SUPPORT:{workspace.posts[0]['ts']}"
    assert outcomes_of(delivery) == ["unknown", "delivered"]


@pytest.mark.parametrize("fault", [drop(Stage.CONNECTED), drop(Stage.READ), hang(Stage.READ)])
def test_a_post_in_doubt_that_had_not_arrived_is_said_once(tell, workspace, fault):
    workspace.then(fault)
    tell()
    assert deliver(SOON) == {"unknown": 1}
    assert deliver(LATER) == {"delivered": 1}
    assert len(workspace.posts) == 1


def test_a_token_that_may_not_read_the_channel_says_it_again_rather_than_never(tell, workspace):
    workspace.scopes = {"chat:write"}
    workspace.interval = 0
    workspace.then(drop(Stage.TAKEN))
    tell()
    assert deliver(SOON) == {"unknown": 1}
    assert deliver(LATER) == {"delivered": 1}
    assert len(workspace.posts) == 2


def test_a_server_that_is_down_costs_one_try_a_run(tell, workspace, cast):
    with acting(by=cast.ada, channel="test"):
        ProviderAccount.objects.update(base_url="http://127.0.0.1:9/api/")
    delivery = tell()
    tell()
    assert deliver(SOON) == {"temporary": 1}
    delivery.refresh_from_db()
    assert "could not be reached" in delivery.last_error


def test_neither_a_proxy_of_the_environment_nor_a_redirect_gets_the_token(tell, workspace, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    workspace.then(say(302, "", Location="http://localhost:9/steal"))
    delivery = tell()
    assert deliver(SOON) == {"permanent": 1}
    delivery.refresh_from_db()
    assert delivery.last_error.startswith("302")
    tell()
    assert deliver(LATER) == {"delivered": 1}


def test_one_channel_gets_one_post_a_second(tell, workspace):
    workspace.interval = 0
    for _ in range(3):
        tell()
    for second in range(3):
        assert deliver(SOON + timedelta(seconds=second * 1.1)) == {"delivered": 1}
    assert len(workspace.posts) == 3


def test_the_token_is_in_no_answer_and_no_log(tell, workspace, caplog):
    caplog.set_level("DEBUG")
    workspace.token = "xoxb-another"
    delivery = tell()
    deliver(SOON)
    delivery.refresh_from_db()
    assert TOKEN not in caplog.text + delivery.last_error
