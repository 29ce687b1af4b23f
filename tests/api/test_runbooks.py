"""Runbooks by the API: read by staff, written and signed by the same verbs, each refusal with field and rule."""

from __future__ import annotations

import itertools

import pytest

from financy_support.desk.audit.acting import acting
from knowledge.models import Category, Expert, Runbook, RunbookRevision
from knowledge.workflow.review_revision import GUIDELINES
from tests.knowledge.runbooks import GOOD, numbered, step

ROOT = "/api/v1/runbooks"
NEXT = itertools.count()
NEW = {"issue_type": "general_inquiry", "title": "General questions", "category": "troubleshooting"}


@pytest.fixture
def ask(cast, api):
    """``ask("eve", "1/submit/", {...})`` posts as Eve; Tina is the expert."""
    with acting(by=cast.ada, channel="test"):
        Expert.objects.create(category=Category.objects.get(slug="troubleshooting"), person=cast.tina)

    def post(who, path, body=None):
        scopes = ["knowledge:read", "knowledge:write"] if who == "monitor" else []
        headers = {"Idempotency-Key": f"runbooks-{next(NEXT)}"}
        return api(getattr(cast, who), *scopes).post(f"{ROOT}/{path}", body or {}, headers=headers)

    return post


@pytest.fixture
def write(ask, cast, api):
    """Eve's draft as the API answers it, with what is given in it."""

    def begun(**said):
        answer = ask("eve", "", NEW)
        assert answer.status_code == 201, answer.content
        return patched(api(cast.eve), answer["Location"], **{**GOOD, **said}).json()

    return begun


def patched(client, address, **said):
    tag = client.get(address)["ETag"]
    return client.patch(address, said, headers={"If-Match": tag})


def test_what_is_in_force_is_read_by_its_issue_type_with_steps_criteria_and_documentation(cast, api):
    tom = api(cast.tom)
    rows = tom.get(f"{ROOT}/?state=published&retired=false&issue_type=transaction_processing_errors").json()["results"]
    assert [one["runbook"] for one in rows] == ["transaction-processing-errors"]
    whole = tom.get(f"{ROOT}/{rows[0]['id']}/").json()
    waits = [one for one in whole["steps"] if one["waits_for_customer"]]
    assert [(one["key"], one["number"], one["success"]) for one in waits] == [
        ("request_additional_transaction_info", 4, "verify_transaction_details")
    ]
    assert whole["criteria"]["automatic"][1] == {"code": "data_integrity_concerns", "text": "Data integrity concerns"}
    assert whole["documentation"][0] == "transaction_id" and whole["template"] == "transaction_resolution_template"
    assert whole["wrong"] == []


def test_three_people_bring_a_runbook_into_force(ask, write, cast, api):
    draft = write()
    assert draft["steps"] == numbered(GOOD["steps"]) and draft["wrong"] == []
    path, read = f"{draft['id']}", {"digest": draft["digest"]}
    assert ask("eve", f"{path}/submit/").json()["state"] == "in_review"
    assert ask("tom", f"{path}/review/", {**read, "guidelines": GUIDELINES}).json()["state"] == "in_approval"
    done = ask("tina", f"{path}/approve/", read).json()
    assert (done["state"], done["reviewer"], done["approver"]) == (
        "published", "tom@financy.example", "tina@financy.example",
    )  # fmt: skip
    second = ask("tom", f"{path}/begin/")
    assert second.status_code == 201 and second.json()["number"] == 2 and second.json()["steps"] == draft["steps"]
    assert ask("tom", f"{second.json()['id']}/discard/").json()["state"] == "discarded"
    assert ask("tom", f"{path}/retire/", {"because": "Nobody asks."}).json()["retired_at"]
    gone = api(cast.tom).get(f"{ROOT}/?state=published&retired=false").json()["results"]
    assert "general-inquiry" not in [one["runbook"] for one in gone]
    out_of_use = api(cast.tom).get(f"{ROOT}/?retired=true").json()["results"]
    assert {one["runbook"] for one in out_of_use} == {"general-inquiry"}
    assert api(cast.tom).get(f"{ROOT}/?retired=0").status_code == 400
    assert ask("tom", f"{path}/restore/").json()["retired_at"] is None


def test_the_linter_s_words_come_with_the_draft_and_with_the_refusal(ask, write):
    draft = write(steps=[step("look", "reslove", "resolve"), step("lost", "lost", "resolve")])
    wrong = {("steps.0.success", "undefined_edge"), ("steps.1", "unreachable_step"), ("steps.1.success", "endless")}
    assert {(one["field"], one["code"]) for one in draft["wrong"]} == wrong
    refused = ask("eve", f"{draft['id']}/submit/")
    assert refused.status_code == 400
    assert {(one["field"], one["code"]) for one in refused.json()["errors"]} == wrong


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"steps": [{"colour": "red"}]}, "steps.0.colour"),
        ({"steps": [{"number": 2}]}, "steps.0.number"),
        ({"steps": [{"key": "Two words"}]}, "steps.0.key"),
        ({"steps": [{"commands": [""]}]}, "steps.0.commands.0"),
        ({"steps": [{}] * 41}, "steps"),
        ({"steps": {}}, "steps"),
        ({"steps": None}, "steps"),
        ({"steps": [{"waits_for_customer": "yes"}]}, "steps.0.waits_for_customer"),
        ({"criteria": {"automatic": [{"code": "A B"}]}}, "criteria.automatic.0.code"),
        ({"criteria": {"sometimes": []}}, "criteria.sometimes"),
        ({"documentation": ["Root cause"]}, "documentation.0"),
        ({"template": "Not A Name"}, "template"),
        ({"title": "a\x00b"}, "title"),
        ({"state": "published"}, "state"),
    ],
)
def test_what_no_runbook_can_hold_is_refused_by_name(write, cast, api, said, field):
    draft = write()
    refused = patched(api(cast.eve), f"{ROOT}/{draft['id']}/", **said)
    assert refused.status_code == 400, refused.content
    assert field in [one["field"] for one in refused.json()["errors"]]


def test_no_change_of_a_draft_is_lost(write, cast, api):
    draft = write()
    eve, path = api(cast.eve), f"{ROOT}/{draft['id']}/"
    tag = eve.get(path)["ETag"]
    assert eve.patch(path, {"title": "One"}).status_code == 428
    assert eve.patch(path, {"comment": "A note"}, headers={"If-Match": tag}).status_code == 200
    assert eve.patch(path, {"title": "Two"}, headers={"If-Match": tag}).status_code == 412
    assert patched(api(cast.tom), path, title="Mine").status_code == 403
    read_again = eve.get(path).json()["steps"]
    assert patched(eve, path, steps=read_again).json()["steps"] == read_again


@pytest.mark.parametrize(
    ("said", "field"), [({"issue_type": "nothing"}, "issue_type"), ({"category": "nowhere"}, "category"),
                        ({"issue_type": "authentication_problems"}, "issue_type")]
)  # fmt: skip
def test_a_runbook_is_for_an_issue_type_that_exists_and_has_none(ask, said, field):
    refused = ask("eve", "", {**NEW, **said})
    assert refused.status_code in (400, 409) and [one["field"] for one in refused.json()["errors"]] == [field]


def test_nobody_signs_what_they_have_not_read_and_no_tool_signs_at_all(ask, write, cast, api):
    draft = write()
    ask("eve", f"{draft['id']}/submit/")
    said = {"guidelines": GUIDELINES, "digest": "other"}
    assert ask("tom", f"{draft['id']}/review/", said).json()["code"] == "other_words"
    assert ask("monitor", f"{draft['id']}/review/", said).status_code == 404
    assert ask("monitor", "", NEW).status_code == 403
    assert api(cast.monitor, "knowledge:read").get(f"{ROOT}/").json()["results"] == []
    assert RunbookRevision.objects.get(pk=draft["id"]).reviewer is None


def test_a_list_costs_the_same_however_many(cast, api, statements):
    client, costs = api(cast.tom), set()
    client.get(f"{ROOT}/")
    for count in (1, 15):
        with acting(by=cast.eve, channel="test") as one:
            shelf = Category.objects.get(slug="features")
            for _ in range(count):
                name = f"r{next(NEXT)}"
                runbook = Runbook.objects.create(code=name, issue_type=name, category=shelf)
                RunbookRevision.objects.create(
                    runbook=runbook, number=1, title=name, author=cast.eve, created_at=one.at, criteria=GOOD["criteria"]
                )
        with statements() as taken:
            assert client.get(f"{ROOT}/").status_code == 200
        costs.add(len(taken.sent))
    assert len(costs) == 1
