"""Bearer tokens: who gets in, who does not, and what is left behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from financy_support.api.models import ApiToken, TokenUse, digest_of
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from tests.api.conftest import client_with, issue
from tests.make import make_ticket

LIST = "/api/v1/tickets/"


def test_a_token_opens_the_door_of_its_person(cast, api):
    make_ticket(cast.ana)
    assert [row["customer"]["name"] for row in api(cast.ana).get(LIST).json()["results"]] == ["Ana"]
    assert api(cast.ben).get(LIST).json()["results"] == []


def test_without_a_token_the_answer_says_how_to_send_one(db, api):
    answer = api().get(LIST)
    assert answer.status_code == 401 and answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer") and answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic YTpi", "Bearer", "Bearer fin_", "Bearer fin_" + "ÿ" * 9])
def test_anything_else_in_the_header_is_401(db, api, header):
    client = api()
    client.credentials(HTTP_AUTHORIZATION=header)
    assert client.get(LIST).status_code == 401


def change(record, **columns):
    with acting(by=system_actor(SystemActor.CONSOLE), channel="test"):
        for name, value in columns.items():
            setattr(record, name, value)
        record.save(update_fields=list(columns))


def test_unknown_expired_revoked_and_deactivated_answer_alike(cast):
    answers = [client_with("fin_unknown").get(LIST)]
    for name, value in [("expires_at", -timedelta(seconds=1)), ("revoked_at", -timedelta(seconds=1))]:
        secret, token = issue(cast.tom)
        change(token, **{name: token.created_at + value})
        answers.append(client_with(secret).get(LIST))
    secret, _ = issue(cast.tina)
    assert client_with(secret).get(LIST).status_code == 200
    change(cast.tina, is_active=False)
    answers.append(client_with(secret).get(LIST))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


def test_the_door_costs_one_statement_and_notes_use_once_an_hour(cast, statements):
    secret, token = issue(cast.ana)
    client = client_with(secret)
    with statements() as first:
        client.get("/api/v1/tickets/FIN-000000/")
    assert len(first.sent) == 2  # the token, and the ticket that is not there
    long_ago = token.created_at - timedelta(hours=2)
    TokenUse.objects.update(last_used_at=long_ago)
    with statements() as second:
        client.get("/api/v1/tickets/FIN-000000/")
    assert len(second.sent) == 3
    assert TokenUse.objects.get().last_used_at > long_ago


def test_a_person_s_token_with_scopes_does_no_more_than_they_say(cast, api):
    reference = make_ticket(cast.ana).reference
    narrow = api(cast.tom, "tickets:read")
    assert narrow.get(f"{LIST}{reference}/").status_code == 200
    assert narrow.post(f"{LIST}{reference}/notes/", {"body": "x"}).json()["code"] == "not_allowed"
    assert narrow.get("/api/v1/customers/").status_code == 403


def test_a_tool_does_only_what_its_scopes_name(cast, api):
    reference = make_ticket(cast.ana).reference
    assert api(cast.monitor, "customers:read").get(LIST).status_code == 403
    reader = api(cast.monitor, "tickets:read")
    assert reader.get(LIST).json()["results"][0]["reference"] == reference
    refused = reader.post(f"{LIST}{reference}/close/", {}, headers={"Idempotency-Key": "k"})
    assert refused.status_code == 403
    assert api(cast.monitor).get(LIST).status_code == 403


def test_issue_token_prints_a_token_that_works_and_stores_only_its_hash(cast, capsys):
    call_command("issue_token", "tom@financy.example", "--days", "3", "--name", "laptop")
    secret = capsys.readouterr().out.strip()
    assert secret.startswith("fin_") and len(secret) > 40
    assert client_with(secret).get(LIST).status_code == 200
    token = ApiToken.objects.get(digest=digest_of(secret))
    assert (token.expires_at - token.created_at, token.name, token.scopes) == (timedelta(days=3), "laptop", [])
    with connection.cursor() as cursor:
        everything = "SELECT count(*) FROM api_apitoken t, api_historicalapitoken h WHERE t::text || h::text LIKE %s"
        cursor.execute(everything, [f"%{secret}%"])
        assert cursor.fetchone() == (0,)
    assert token.history.get().history_channel == "command"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nobody@financy.example"], "nobody@financy.example"),
        (["tom@financy.example", "--scope", "tickets:fly"], "tickets:fly"),
        (["monitor@financy.example"], "--scope"),
        (["tom@financy.example", "--days", "0"], "--days 0"),
        (["console@desk.invalid"], "console@desk.invalid"),
    ],
)
def test_issue_token_refuses_by_name_and_issues_nothing(cast, arguments, named):
    with pytest.raises(CommandError, match=named):
        call_command("issue_token", *arguments)
    assert not ApiToken.objects.exists()
