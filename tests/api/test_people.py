"""customers/ and organisations/ over the API: the house's manners for what is registered and changed."""

from __future__ import annotations

import pytest

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.organisation import Organisation

CUSTOMERS, ORGANISATIONS = "/api/v1/customers/", "/api/v1/organisations/"
NINA = {"name": "Nina", "email": "nina@example.com"}


def of(row):
    return f"{CUSTOMERS if isinstance(row, Customer) else ORGANISATIONS}{row.pk}/"


def fields_of(answer):
    return [(each["field"], each["code"]) for each in answer.json()["errors"]]


def test_an_agent_registers_a_customer_who_is_then_read_at_the_address_given(cast, api):
    tom, firm = api(cast.tom), cast.ben.organisation
    answer = tom.post(CUSTOMERS, {**NINA, "organisation": firm.pk, "time_zone": "Europe/Lisbon"})
    assert answer.status_code == 201
    read = tom.get(answer["Location"])
    assert read.json() == answer.json() and read["ETag"] == answer["ETag"] == '"1"'
    assert (read.json()["organisation"], read.json()["time_zone"]) == (firm.pk, "Europe/Lisbon")
    version = Customer.history.get(id=read.json()["id"])
    assert (version.history_user_id, version.history_channel) == (cast.tom.pk, "api")


def test_a_tool_registers_once_however_often_it_sends_the_same_key(cast, api):
    tool = api(cast.monitor, "customers:write")
    assert fields_of(tool.post(CUSTOMERS, NINA)) == [("Idempotency-Key", "idempotency_key_required")]
    first, again = (tool.post(CUSTOMERS, NINA, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, again.status_code, again["Idempotency-Replayed"]) == (201, 201, "true")
    assert again.content == first.content and again["ETag"] == first["ETag"] and again["Location"] == first["Location"]
    other = tool.post(CUSTOMERS, {**NINA, "name": "Other"}, headers={"Idempotency-Key": "k"})
    assert other.json()["code"] == "idempotency_key_reused"
    assert Customer.objects.filter(email=NINA["email"]).count() == 1
    assert tool.post(ORGANISATIONS, {"name": "New"}, headers={"Idempotency-Key": "o"}).status_code == 201
    assert Organisation.objects.filter(name="New").exists()


@pytest.mark.parametrize("scopes", [["customers:read"], ["tickets:write"], []])
def test_a_tool_without_the_scope_writes_nothing(cast, api, scopes):
    tool = api(cast.monitor, *scopes)
    for path, body in ((CUSTOMERS, NINA), (ORGANISATIONS, {"name": "New"})):
        assert tool.post(path, body, headers={"Idempotency-Key": "k"}).status_code == 403
    assert tool.patch(of(cast.ana), {"language": "es"}, headers={"If-Match": '"1"'}).status_code == 403


def test_a_tool_that_may_write_but_not_read_learns_of_nobody(cast, api):
    tool = api(cast.monitor, "customers:write")
    answers = [
        tool.patch(path, {"language": "es"}, headers={"If-Match": '"1"'})
        for path in (of(cast.ana), f"{CUSTOMERS}999999999/")
    ]
    assert answers[0].status_code == 404 and answers[0].content == answers[1].content


def test_a_change_names_the_version_it_was_made_from(cast, api):
    tom = api(cast.tom)
    for row, body in ((cast.ana, {"name": "Ana S."}), (cast.ben.organisation, {"shares_tickets": False})):
        etag = tom.get(of(row))["ETag"]
        assert tom.patch(of(row), body).status_code == 428
        answer = tom.patch(of(row), body, headers={"If-Match": etag})
        assert answer.status_code == 200 and answer["ETag"] != etag
        assert tom.patch(of(row), body, headers={"If-Match": etag}).json()["code"] == "precondition_failed"
        assert tom.get(of(row)).json() == answer.json() and tom.get(of(row))["ETag"] == answer["ETag"]


def test_a_change_of_nothing_keeps_the_version(cast, api):
    tom = api(cast.tom)
    for body in ({}, {"name": "Ana"}):
        answer = tom.patch(of(cast.ana), body, headers={"If-Match": '"1"'})
        assert (answer.status_code, answer["ETag"]) == (200, '"1"')


def test_a_customer_changes_how_they_are_answered_and_nothing_else(cast, api):
    ben = api(cast.ben)
    own = {"language": "pt", "time_zone": "Europe/Lisbon", "preferred_channel": "phone_support"}
    answer = ben.patch(of(cast.ben), own, headers={"If-Match": '"1"'})
    assert answer.status_code == 200 and answer.json().items() >= own.items()
    answer = ben.patch(of(cast.ben), {"name": "B", "phone": "12345"}, headers={"If-Match": '"2"'})
    assert answer.status_code == 403
    assert fields_of(answer) == [("name", "not_allowed"), ("phone", "not_allowed")]
    assert ben.post(CUSTOMERS, NINA).status_code == 403
    assert ben.patch(of(cast.ben.organisation), {"name": "x"}, headers={"If-Match": '"1"'}).status_code == 403


def test_who_is_foreign_and_who_is_missing_answer_alike_whatever_is_sent(cast, api):
    ben = api(cast.ben)
    for foreign in (cast.carmen, cast.dan.organisation):
        missing = of(foreign).replace(f"/{foreign.pk}/", "/999999999/")
        for body in ({"language": "es"}, {"name": "x"}, {"unknown": 1}, {}):
            for headers in ({}, {"If-Match": '"1"'}):
                asked = [ben.patch(path, body, headers=headers) for path in (of(foreign), missing)]
                assert asked[0].status_code in (400, 404)
                assert (asked[0].status_code, asked[0].content) == (asked[1].status_code, asked[1].content)


@pytest.mark.parametrize("field", ["id", "email", "user", "version", "legal_hold", "erased_at", "nonsense"])
def test_a_field_that_is_not_theirs_to_send_is_refused_by_name(cast, api, field):
    answer = api(cast.ada).patch(of(cast.ana), {field: "x"}, headers={"If-Match": '"1"'})
    assert answer.status_code == 400 and fields_of(answer) == [(field, "unknown_field")]


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"name": "N"}, 400, [("email", "required")]),
        ({**NINA, "email": "ANA@example.com"}, 409, [("email", "taken")]),
        ({**NINA, "email": "nina"}, 400, [("email", "malformed")]),
        ({**NINA, "email": "niña@example.com"}, 400, [("email", "undeliverable")]),
        ({**NINA, "time_zone": "Mars/Olympus"}, 400, [("time_zone", "unknown")]),
        ({**NINA, "preferred_channel": "pigeon"}, 400, [("preferred_channel", "unknown")]),
        ({**NINA, "language": "fr"}, 400, [("language", "invalid_choice")]),
        ({**NINA, "organisation": 999_999_999}, 400, [("organisation", "unknown")]),
        ({**NINA, "email": "x", "phone": "y"}, 400, [("email", "malformed"), ("phone", "malformed")]),
    ],
)
def test_a_refusal_names_field_rule_and_way_out_and_registers_nobody(cast, api, body, status, named):
    answer = api(cast.tom).post(CUSTOMERS, body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert fields_of(answer) == named
    assert not Customer.objects.filter(name="Nina").exists()


@pytest.mark.parametrize("said", ["true", 1, "yes", None])
def test_sharing_is_said_in_true_or_false_only(cast, api, said):
    answer = api(cast.tom).patch(of(cast.dan.organisation), {"shares_tickets": said}, headers={"If-Match": '"1"'})
    assert answer.status_code == 400 and fields_of(answer)[0][0] == "shares_tickets"
    assert not Organisation.objects.get(pk=cast.dan.organisation_id).shares_tickets


def test_an_erased_customer_answers_conflict(cast, api):
    with acting(by=cast.ada, channel="test") as act:
        Customer.objects.filter(pk=cast.ana.pk).update(erased_at=act.at)
    answer = api(cast.tom).patch(of(cast.ana), {"language": "es"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (409, "erased")


def test_registering_and_changing_cost_the_same_among_few_and_among_a_hundred(cast, api, statements):
    tom, costs = api(cast.tom), []
    tom.post(CUSTOMERS, {**NINA, "email": "warm@example.com"})  # what is read once a process is read now
    for rows in (0, 100):
        with acting(by=cast.ada, channel="test"):
            Organisation.objects.bulk_create(Organisation(name=f"Firm {n}") for n in range(rows))
            firm = cast.ben.organisation
            Customer.objects.bulk_create(
                Customer(name=f"{n}", email=f"{n}@c.example", organisation=firm) for n in range(rows)
            )
        with statements() as taken:
            for path, body in (
                (CUSTOMERS, {"name": "N", "email": f"n{rows}@example.com", "organisation": firm.pk}),
                (ORGANISATIONS, {"name": f"New {rows}"}),
            ):
                assert tom.post(path, body, headers={"Idempotency-Key": f"{path}{rows}"}).status_code == 201
            for row, body in (
                (cast.ana, {"name": f"Ana {rows}", "preferred_channel": "phone_support"}),
                (firm, {"name": f"Shared {rows}"}),
            ):
                etag = tom.get(of(row))["ETag"]
                assert tom.patch(of(row), body, headers={"If-Match": etag}).status_code == 200
        costs.append(len(taken.sent))
    assert costs[0] == costs[1] <= 36, costs
