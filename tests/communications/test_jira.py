"""Jira over a real socket, Cloud and Data Center: one issue a message, whatever breaks in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from communications.models import DeliveryState
from communications.outbox import deliver
from tests.communications.conftest import SOON, outcomes_of
from tests.communications.places import REFERENCE, place_at, teller
from tests.sinks.http import Stage, drop, hang, say, too_many
from tests.sinks.jira import TOKEN, USER, JiraSink, text_of

LATER = SOON + timedelta(minutes=11)


@pytest.fixture(params=["cloud", "data_center"])
def jira(settings, request):
    settings.PROVIDER_TIMEOUT = 1.5
    with JiraSink(is_cloud=request.param == "cloud") as server:
        yield server


@pytest.fixture
def tell_project(cast, jira):
    """``tell_project("FIN")`` gives what tells that project something."""

    def at(project):
        edition, account = ("cloud", USER) if jira.is_cloud else ("data_center", "")
        place = place_at(cast, "jira", project, base_url=jira.url, account=account, edition=edition, secret=TOKEN)
        return teller(cast, place)

    return at


@pytest.fixture
def tell(tell_project):
    return tell_project("FIN")


def test_an_issue_says_what_was_meant_and_its_key_is_kept(tell, jira):
    delivery = tell(subject="Card\ndeclined", body="One\ntwo\n\nh1. three {noformat} [~ada]")
    assert deliver(SOON) == {"delivered": 1}
    delivery.refresh_from_db()
    assert delivery.provider_id == "FIN-1"
    issue = jira.issues["FIN-1"]
    assert (issue["summary"], issue["issuetype"]) == (f"{REFERENCE} Card declined", {"name": "Task"})
    assert REFERENCE in issue["labels"]
    said = text_of(issue["description"])
    assert "One\ntwo\n\nh1. three" in said
    assert said.endswith(f"/admin/communications/message/{delivery.message_id}/change/")
    if not jira.is_cloud:
        assert said.count("{noformat}") == 2  # all words between them are text, not markup


@pytest.mark.parametrize("body", ["word " * 19_000, "é\n\n" * 20_000, "{noformat}" * 9000])
def test_long_words_are_cut_to_what_jira_takes_and_say_so(tell, jira, body):
    tell(subject="s" * 300, body=body)
    assert deliver(SOON) == {"delivered": 1}
    assert jira.refused == []
    assert "(shortened)" in text_of(jira.issues["FIN-1"]["description"])


@pytest.mark.parametrize("fault", [drop(Stage.TAKEN), hang(Stage.TAKEN), say(504, "", stage=Stage.TAKEN)])
def test_an_issue_in_doubt_is_found_by_its_label_and_not_made_twice(tell, jira, fault):
    jira.then(None, fault)  # the search, then the making
    delivery = tell()
    assert deliver(SOON) == {"unknown": 1}
    assert deliver(LATER) == {"delivered": 1}
    delivery.refresh_from_db()
    assert (len(jira.issues), delivery.provider_id) == (1, "FIN-1")
    assert outcomes_of(delivery) == ["unknown", "delivered"]


@pytest.mark.parametrize("fault", [drop(Stage.CONNECTED), drop(Stage.READ), hang()])
def test_a_search_that_breaks_made_nothing_so_it_is_only_tried_again(tell, jira, fault):
    jira.then(fault)
    tell()
    assert deliver(SOON) == {"temporary": 1}
    assert deliver(LATER) == {"delivered": 1}
    assert len(jira.issues) == 1


@pytest.mark.parametrize("place", ["NOPE", "FIN/Epic"])
def test_a_project_or_type_that_jira_does_not_know_is_refused_for_good_with_the_way_out(tell_project, jira, place):
    delivery = tell_project(place)()
    assert deliver(SOON) == {"permanent": 1}
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DEAD
    assert ("issuetype: " if "/" in place else "'NOPE'") in delivery.last_error
    assert "Correct project key or issue type" in delivery.last_error
    assert jira.issues == {}


def test_another_type_is_named_in_the_address(tell_project, jira):
    tell_project("FIN/Bug")()
    assert deliver(SOON) == {"delivered": 1}
    assert jira.issues["FIN-1"]["issuetype"] == {"name": "Bug"}


def test_a_wrong_token_waits_until_it_is_mended(tell, jira):
    jira.token = "another"
    delivery = tell()
    assert deliver(SOON) == {"temporary": 1}
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.QUEUED
    assert "correct the account's secret" in delivery.last_error
    assert TOKEN not in delivery.last_error


@pytest.mark.parametrize("before", [0, 1])
def test_too_many_at_once_is_asked_again_when_jira_says(tell, jira, before):
    jira.then(*[None] * before, too_many(45))
    delivery = tell()
    assert deliver(SOON) == {"temporary": 1}
    delivery.refresh_from_db()
    assert (delivery.due_at, jira.issues) == (SOON + timedelta(seconds=45), {})


@pytest.mark.parametrize("before", [0, 1])
def test_a_server_in_trouble_is_tried_again(tell, jira, before):
    jira.then(*[None] * before, say(500, "<html>"))
    tell()
    assert deliver(SOON) == {"temporary": 1}
    assert deliver(LATER) == {"delivered": 1}
    assert len(jira.issues) == 1
