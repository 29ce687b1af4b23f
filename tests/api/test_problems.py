"""Every refusal is a problem document with a stable code, and tells nothing of the inside."""

from __future__ import annotations

import logging

import pytest
from django.db import IntegrityError, OperationalError, connection
from rest_framework.test import APIRequestFactory

from financy_support.api.problems import problem_response
from financy_support.desk.audit.acting import acting
from tests.make import make_ticket

LIST = "/api/v1/tickets/"


def post(client, body, content_type="application/json", path=LIST):
    return client.post(path, data=body, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "parse_error"),
        ("[]", "application/json", 400, "parse_error"),
        ("[" * 200_000, "application/json", 400, "parse_error"),
        ('{"subject": NaN}', "application/json", 400, "parse_error"),
        ('{"subject": %s}' % ("9" * 5000), "application/json", 400, "parse_error"),
        (b'{"subject": "\xff"}', "application/json", 400, "parse_error"),
        ("a=b", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        ("{}", "text/plain", 415, "unsupported_media_type"),
        ('{"subject": "%s"}' % ("x" * 1_048_576), "application/json", 413, "too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(cast, api, body, content_type, status, code):
    answer = post(api(cast.ana), body, content_type)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code and answer.json()["status"] == status
    assert set(answer.json()) == {"type", "title", "status", "code", "detail", "errors"}


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"nonsense": 1}, ("nonsense", "unknown_field")),
        ({"is_security": False}, ("is_security", "unknown_field")),
        ({"subject": ""}, ("subject", "blank")),
        ({"subject": "x" * 251}, ("subject", "max_length")),
        ({"subject": "a\x00b"}, ("subject", "null_characters_not_allowed")),
        ({"subject": None}, ("subject", "null")),
        ({"subject": ["a"]}, ("subject", "invalid")),
        ({"severity": "urgent"}, ("severity", "invalid_choice")),
        ({"category": "nothing"}, ("category", "invalid")),
        ({"channel": "pigeon"}, ("channel", "invalid")),
        ({"customer": "9" * 40}, ("customer", "unknown")),
    ],
)
def test_a_refused_field_is_named_and_nothing_is_stored(cast, api, fields, refused):
    answer = api(cast.ana).post(LIST, {"subject": "s", "description": "d", **fields})
    assert answer.status_code == 400, answer.content
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [refused]
    assert api(cast.ana).get(LIST).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"subject": "\\ud800", "description": "d"}', "subject"),
        ('{"subject": "s", "description": "d", "no\\udfffsense": 1}', "no?sense"),
        ('{"subject": "s", "description": "d", "attachments": [{"name": "\\udc00\\ud83d"}]}', "attachments.0.name"),
        ('{"subject": "s", "handoff": {"impact\\ud800": "x"}}', "handoff.impact?"),
    ],
)
def test_half_a_character_is_refused_by_field(cast, api, body, field):
    answer = post(api(cast.ana), body)
    assert answer.status_code == 400
    found = [(error["field"], error["code"]) for error in answer.json()["errors"]]
    assert found == [(field, "surrogate_characters_not_allowed")]


def test_a_whole_character_spelt_in_halves_is_taken(cast, api):
    answer = post(api(cast.ana), '{"subject": "\\ud83d\\ude00", "description": "d"}')
    assert answer.status_code == 201
    assert answer.json()["subject"] == "😀"


def test_all_refused_fields_are_named_at_once(cast, api):
    answer = api(cast.ana).post(LIST, {"severity": "x", "one": 1, "two": 2})
    assert {error["field"] for error in answer.json()["errors"]} == {"subject", "description", "severity", "one", "two"}


def test_a_nested_field_is_named_by_its_path(cast, api):
    reference = make_ticket(cast.ana).reference
    body = {"reason": "r", "trigger": "t", "handoff": {"impact_scope": ""}}
    answer = api(cast.tom).post(f"{LIST}{reference}/escalate/", body)
    assert [error["field"] for error in answer.json()["errors"]] == ["handoff.impact_scope"]


def test_missing_foreign_and_unreadable_references_answer_byte_for_byte_alike(cast, api):
    foreign = make_ticket(cast.carmen).reference
    ana = api(cast.ana)
    answers = [ana.get(f"{LIST}{name}/") for name in (foreign, "FIN-999999999", "nonsense", "FIN-" + "9" * 30, "%00")]
    answers.append(ana.get("/api/v1/no/such/address/"))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert {answer["Content-Type"] for answer in answers} == {"application/problem+json"}


def test_a_method_that_is_not_there_is_405(cast, api):
    answer = api(cast.ana).delete(LIST)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert api(cast.ana).options(LIST).status_code == 405


def test_every_answer_names_its_request(cast, api):
    ana = api(cast.ana)
    assert ana.get(LIST, headers={"X-Request-ID": "abc-12345"})["X-Request-ID"] == "abc-12345"
    made_up = ana.get(LIST, headers={"X-Request-ID": "bad id\n"})["X-Request-ID"]
    assert len(made_up) == 32 and made_up != ana.get("/api/v1/tickets/FIN-1/")["X-Request-ID"]


def test_the_request_s_id_and_door_stand_in_the_history(cast, api):
    answer = api(cast.ana).post(LIST, {"subject": "s", "description": "d"}, headers={"X-Request-ID": "from-the-app"})
    history = api(cast.tom).get(f"{answer['Location']}history/").json()["results"]
    assert [(row["by"], row["channel"], row["request_id"]) for row in history] == [
        ("ana@example.com", "api", "from-the-app")
    ]


def answer_to(exc: Exception):
    request = APIRequestFactory().get("/api/v1/tickets/")
    return problem_response(exc, {"request": request})


def test_an_unexpected_error_shows_nothing_and_is_logged(caplog):
    answer = answer_to(RuntimeError("SELECT secret FROM desk_user"))
    assert answer.status_code == 500 and b"secret" not in answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    caplog.clear()


def test_a_database_that_is_away_is_503_and_rows_never_reach_the_log(db, caplog):
    answer = answer_to(OperationalError("server closed the connection"))
    assert (answer.status_code, answer["Retry-After"], answer.headers["Content-Type"]) == (
        503, "1", "application/problem+json",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE t (words text CHECK (words = ''))")
        with pytest.raises(IntegrityError) as refused:
            cursor.execute("INSERT INTO t VALUES (%s)", ["can" + "ary"])
    assert answer_to(refused.value).status_code == 500  # not a rule that a model declares
    assert "canary" not in "".join(record.getMessage() + str(record.exc_info) for record in caplog.records)
    caplog.clear()


@pytest.mark.parametrize(
    ("field", "value", "status", "said"),
    [
        ("email", "TOM@financy.example", 409, "user email unique"),
        ("tier_id", None, 400, "An agent needs a support tier"),
    ],
)
def test_a_rule_that_only_the_database_knows_is_said_in_words(cast, field, value, status, said):
    cast.ada.is_superuser = False
    setattr(cast.ada, field, value)
    with pytest.raises(IntegrityError) as refused, acting(by=cast.tom, channel="test"):
        cast.ada.save()
    answer = answer_to(refused.value)
    assert answer.status_code == status and said in answer.content.decode()
