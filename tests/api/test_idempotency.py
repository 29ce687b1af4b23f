"""A POST sent again: same answer, one effect; R3's crowd is the nemesis harness's, a small one is here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from communications.models import Message
from financy_support.api import forget
from financy_support.api.models import IdempotencyKey
from tests.api.conftest import client_with, issue
from tests.cast import hire_cast
from tests.make import make_ticket
from tickets.models import Ticket

LIST = "/api/v1/tickets/"
BODY = {"subject": "My card", "description": "It does not work."}


def post(client, key, body=BODY, path=LIST):
    return client.post(path, body, headers={"Idempotency-Key": key})


def test_a_retry_gets_the_first_answer_and_changes_nothing(cast, api):
    ana = api(cast.ana)
    first, again = post(ana, "k1"), post(ana, "k1")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert (first["Location"], first["ETag"]) == (again["Location"], again["ETag"])
    assert again["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first
    assert Ticket.objects.count() == Message.objects.count() == 1


def test_another_key_is_another_ticket_and_no_key_is_no_memory(cast, api):
    ana = api(cast.ana)
    post(ana, "k1")
    post(ana, "k2")
    ana.post(LIST, BODY)
    ana.post(LIST, BODY)
    assert Ticket.objects.count() == 4 and IdempotencyKey.objects.count() == 2


def test_the_same_key_of_another_person_is_another_key(cast, api):
    assert post(api(cast.ana), "k").json()["customer"]["name"] == "Ana"
    assert post(api(cast.ben), "k").json()["customer"]["name"] == "Ben"


@pytest.mark.parametrize("change", ["body", "path", "query"])
def test_a_key_used_for_something_else_is_422(cast, api, change):
    ana = api(cast.ana)
    reference = post(ana, "k").json()["reference"]
    answer = {
        "body": lambda: post(ana, "k", {**BODY, "subject": "Other"}),
        "path": lambda: post(ana, "k", path=f"{LIST}{reference}/close/"),
        "query": lambda: post(ana, "k", path=f"{LIST}?x=1"),
    }[change]()
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_a_refusal_is_not_stored_so_that_a_mended_request_may_use_the_key(cast, api):
    ana = api(cast.ana)
    assert post(ana, "k", {"subject": "x"}).status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert post(ana, "k").status_code == 201


def test_tools_must_send_a_key_and_people_may(cast, api):
    tool = api(cast.monitor, "tickets:write", "tickets:read", "customers:read")
    body = {**BODY, "customer": "ana@example.com"}
    refused = tool.post(LIST, body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "idempotency_key_required")
    assert post(tool, "k", body).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tinside"])
def test_a_key_that_is_none_is_refused(cast, api, key):
    assert post(api(cast.ana), key).json()["errors"][0]["code"] == "invalid_idempotency_key"


def test_verbs_replay_too(cast, api):
    ticket = make_ticket(cast.ana)
    tom = api(cast.tom)
    path = f"{LIST}{ticket.reference}/replies/"
    first, again = post(tom, "r", {"body": "Hello"}, path), post(tom, "r", {"body": "Hello"}, path)
    assert first.content == again.content and ticket.replies.count() == 2


def test_the_whole_manner_costs_three_statements(cast, api, statements):
    ana = api(cast.ana)
    post(ana, "warm")
    with statements() as bare:
        ana.post(LIST, BODY)
    with statements() as keyed:
        post(ana, "k")
    assert len(keyed.sent) - len(bare.sent) == 2  # claim, store; the third is acting's own
    with statements() as replayed:
        post(ana, "k")
    assert len(replayed.sent) == 3  # token, acting, claim


@pytest.fixture
def committed_cast(committed_db):
    return hire_cast()


def in_threads(count, work):
    def run(number):
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_many_at_once_with_one_key_make_one_ticket(committed_cast):
    secret, _ = issue(committed_cast.ana)

    def ask(_):
        for _ in range(200):
            answer = post(client_with(secret), "one")
            if answer.status_code != 409:
                return answer
            assert answer["Retry-After"] == "1" and answer.json()["code"] == "idempotency_key_busy"
        raise AssertionError("always busy")

    answers = in_threads(8, ask)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer for answer in answers) == 1
    assert Ticket.objects.count() == Message.objects.count() == 1


def test_a_key_at_work_answers_409_at_once(committed_cast):
    secret, _ = issue(committed_cast.ana)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"{committed_cast.ana.user.pk}:busy"])
        (answer,) = in_threads(1, lambda _: post(client_with(secret), "busy"))
        cursor.execute("SELECT pg_advisory_unlock_all()")
    assert (answer.status_code, answer["Retry-After"]) == (409, "1")
    assert post(client_with(secret), "busy").status_code == 201


def test_two_changes_made_from_one_version_end_with_one(committed_cast):
    ticket = make_ticket(committed_cast.ana)
    secret, _ = issue(committed_cast.tom)
    path = f"{LIST}{ticket.reference}/"

    def change(number):
        client = client_with(secret)
        return client.patch(path, {"category": ["billing", "account"][number]}, headers={"If-Match": '"1"'}).status_code

    assert sorted(in_threads(2, change)) == [200, 412]


def test_stored_answers_are_kept_for_three_days(cast, api, monkeypatch):
    monkeypatch.setattr(forget, "BATCH", 2)
    for key in ("a", "b", "c", "d"):
        post(api(cast.ana), key)
    *old, young = IdempotencyKey.objects.order_by("id")
    now = young.created_at
    for one in old:
        IdempotencyKey.objects.filter(pk=one.pk).update(created_at=now - timedelta(hours=72, seconds=1))
    assert forget.forget_answers(now - timedelta(seconds=1)) == 0
    assert forget.forget_answers(now) == 3
    assert IdempotencyKey.objects.get() == young
