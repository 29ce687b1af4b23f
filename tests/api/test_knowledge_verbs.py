"""From a draft to the help centre by the API: the same verbs, the same gates, each refusal with field and rule."""

from __future__ import annotations

import itertools

import pytest

from financy_support.desk.audit.acting import acting
from knowledge.models import Article, Category, Expert, Revision, Train
from tests.knowledge.steps import BODY, GUIDELINES, HARD, WORDS

ROOT = "/api/v1"
NOTES = {"technical_review": "I did each step on a phone.", "customer_test": "Five customers locked a card."}
NEXT = itertools.count()


@pytest.fixture
def ask(cast, api):
    """``ask("eve", "revisions/1/submit/", {...})`` posts as Eve; Tina is the expert."""
    with acting(by=cast.ada, channel="test"):
        Expert.objects.create(category=Category.objects.get(slug="features"), person=cast.tina)

    def post(who, path, body=None, key=""):
        headers = {"Idempotency-Key": key or f"test-{next(NEXT)}"}
        scopes = ["knowledge:read", "knowledge:write"] if who == "monitor" else []
        return api(getattr(cast, who), *scopes).post(f"{ROOT}/{path}", body or {}, headers=headers)

    return post


def begun(ask, **change):
    answer = ask("eve", "articles/", {"category": "features", **WORDS, **change})
    assert answer.status_code == 201, answer.content
    return answer.json()


def brought_to(state, ask, leave_out=""):
    draft = begun(ask)
    path = f"revisions/{draft['id']}"
    if state != "draft":
        assert ask("eve", f"{path}/submit/").status_code == 200
    if state in ("in_approval", "approved"):
        read = {"digest": draft["digest"]}
        assert ask("tom", f"{path}/review/", {**read, "guidelines": GUIDELINES}).status_code == 200
        for kind, notes in NOTES.items():
            if kind != leave_out:
                said = {**read, "kind": kind, "passed": True, "notes": notes}
                assert ask("tom", f"{path}/checks/", said).status_code == 200
    if state == "approved":
        assert ask("tina", f"{path}/approve/", {"digest": draft["digest"]}).status_code == 200
    return draft


def test_three_people_publish_and_an_administrator_sends_the_train(ask, cast, api, client):
    draft = brought_to("approved", ask)
    train = Train.objects.get()
    rehearsal = api(cast.eve).get(f"{ROOT}/trains/{train.pk}/").json()
    assert [(one["revision"], one["problems"]) for one in rehearsal["manifest"]] == [(draft["id"], [])]
    assert rehearsal["manifest"][0]["notes"] == ["No text in Portuguese yet.", "No text in Spanish yet."]
    assert ask("eve", f"trains/{train.pk}/depart/").status_code == 403
    left = ask("ada", f"trains/{train.pk}/depart/").json()
    assert left["departed_at"] and left["manifest"] == [] and left["carriages"][0]["revision"] == draft["id"]
    assert client.get("/help/en/lock-a-lost-card/").status_code == 200
    shown = api(cast.ana).get(f"{ROOT}/articles/?category=features&language=en").json()["results"]
    assert shown[0]["article"] == "lock-a-lost-card"
    back = ask("tom", f"trains/carriages/{left['carriages'][0]['id']}/return/", {"because": "Too early."})
    assert back.status_code == 200 and back.json()["returned_at"]
    assert client.get("/help/en/lock-a-lost-card/").status_code == 404
    whole = api(cast.tom).get(f"{ROOT}/revisions/{draft['id']}/").json()
    assert [whole["author"], whole["reviewer"], whole["approver"]] == [
        "eve@financy.example", "tom@financy.example", "tina@financy.example",
    ]  # fmt: skip
    assert {one["kind"] for one in whole["checks"]} == set(NOTES)


@pytest.mark.parametrize(
    ("state", "leave_out", "who", "verb", "said", "status", "code"),
    [
        ("draft", "", "tom", "submit", {}, 403, "not_allowed"),
        ("draft", "", "tom", "review", {"guidelines": GUIDELINES}, 409, "state"),
        ("draft", "", "ada", "publish", {"because": "Now."}, 409, "state"),
        ("in_review", "", "eve", "review", {"guidelines": GUIDELINES}, 403, "same_person"),
        ("in_review", "", "tom", "review", {"guidelines": ["clear", "concise"]}, 400, "invalid"),
        ("in_review", "", "tom", "review", {"guidelines": GUIDELINES, "digest": "others"}, 409, "other_words"),
        ("in_review", "", "tina", "approve", {}, 409, "state"),
        ("in_approval", "", "eve", "approve", {}, 403, "same_person"),
        ("in_approval", "", "tom", "approve", {}, 403, "same_person"),
        ("in_approval", "", "ada", "approve", {}, 403, "no_expert"),
        ("in_approval", "", "tina", "approve", {"digest": "others"}, 409, "other_words"),
        ("in_approval", "technical_review", "tina", "approve", {}, 409, "no_technical_review"),
        ("in_approval", "customer_test", "tina", "approve", {}, 409, "no_customer_test"),
        ("in_approval", "", "ada", "publish", {"because": "Now."}, 409, "not_critical"),
    ],
)  # fmt: skip
def test_each_gate_refuses_with_its_rule(ask, state, leave_out, who, verb, said, status, code):
    draft = brought_to(state, ask, leave_out)
    read = {} if verb == "submit" else {"digest": draft["digest"]}
    before = Revision.objects.values().get(pk=draft["id"])
    answer = ask(who, f"revisions/{draft['id']}/{verb}/", {**read, **said})
    problem = answer.json()
    assert answer.status_code == status, problem
    assert code in {problem["code"], *(one["code"] for one in problem["errors"])}
    assert Revision.objects.values().get(pk=draft["id"]) == before


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"body": HARD}, "readability_override", "hard_to_read"),
        ({"body": BODY + "[x](article:nowhere)"}, "body", "dead_link"),
        ({"body": BODY.replace("## Cause", "## Why")}, "body", "part_missing"),
        ({"summary": "x" * 161}, "summary", "too_long"),
        ({"keywords": ""}, "keywords", "required"),
    ],
)
def test_what_is_not_fit_is_not_handed_in_and_the_draft_says_so_before(ask, change, field, code):
    draft = begun(ask, **change)
    assert (field, code) in {(one["field"], one["code"]) for one in draft["missing"]}
    problem = ask("eve", f"revisions/{draft['id']}/submit/").json()
    assert (field, code) in {(one["field"], one["code"]) for one in problem["errors"]}


def test_a_signature_without_the_words_that_were_read_is_refused_by_name(ask):
    draft = brought_to("in_review", ask)
    problem = ask("tom", f"revisions/{draft['id']}/review/", {"guidelines": GUIDELINES}).json()
    assert [one["field"] for one in problem["errors"]] == ["digest"]


def test_a_retry_signs_once_and_is_answered_alike(ask):
    draft = brought_to("in_review", ask)
    said = {"digest": draft["digest"], "guidelines": GUIDELINES}
    first, second = (ask("tom", f"revisions/{draft['id']}/review/", said, key="the-same") for _ in range(2))
    assert first.status_code == second.status_code == 200 and first.content == second.content


def test_no_change_of_a_draft_is_lost(ask, cast, api):
    draft = begun(ask)
    eve, path = api(cast.eve), f"{ROOT}/revisions/{draft['id']}/"
    tag = eve.get(path)["ETag"]
    assert eve.patch(path, {"title": "One"}).status_code == 428
    changed = eve.patch(path, {"comment": "A note", "significance": 10}, headers={"If-Match": tag})
    assert changed.status_code == 200 and changed["ETag"] != tag
    assert eve.patch(path, {"title": "Two"}, headers={"If-Match": tag}).status_code == 412
    assert eve.patch(path, {"title": "Two"}, headers={"If-Match": changed["ETag"]}).json()["title"] == "Two"
    now = eve.get(path)["ETag"]
    assert api(cast.tom).patch(path, {"title": "Mine"}, headers={"If-Match": now}).status_code == 403
    unknown = eve.patch(path, {"state": "published"}, headers={"If-Match": now})
    assert unknown.status_code == 400 and unknown.json()["errors"][0]["field"] == "state"


def test_what_goes_at_once_is_approved_or_given_back_afterwards(ask, cast, client):
    draft = brought_to("in_approval", ask)
    path, read = f"revisions/{draft['id']}", {"digest": draft["digest"]}
    with acting(by=cast.ada, channel="test"):
        Article.objects.update(is_critical=True)
    assert ask("tom", f"{path}/publish/", {**read, "because": " "}).status_code == 400
    shown = ask("tom", f"{path}/publish/", {**read, "because": "Money is at risk."}).json()
    assert shown["state"] == "published" and shown["approver"] is None and "Money" in shown["urgent_because"]
    back = ask("tina", f"{path}/approve/", {**read, "return_because": "It is wrong."}).json()
    assert back["state"] == "draft" and back["approver"] is None
    assert client.get("/help/en/lock-a-lost-card/").status_code == 404


def test_the_next_wording_a_translation_and_a_second_one_at_work(ask, cast, api):
    begun_pt = ask("eve", "revisions/", {"article": "data-sync-problems", "language": "pt"})
    assert begun_pt.status_code == 201 and begun_pt["Location"] == f"{ROOT}/revisions/{begun_pt.json()['id']}/"
    source = Revision.objects.get(pk=begun_pt.json()["based_on"])
    assert (source.translation.language, source.translation.article.code) == ("en", "data-sync-problems")
    again = ask("tom", "revisions/", {"article": "data-sync-problems", "language": "pt"})
    assert again.status_code == 409 and again.json()["code"] == "at_work"
    queue = api(cast.tom).get(f"{ROOT}/revisions/?state=draft&language=pt").json()["results"]
    assert [one["id"] for one in queue] == [begun_pt.json()["id"]]
    assert ask("tom", f"revisions/{begun_pt.json()['id']}/discard/").json()["state"] == "discarded"
    assert ask("eve", "revisions/", {"article": "nowhere", "language": "pt"}).json()["errors"][0]["field"] == "article"


def test_articles_are_checked_retired_and_restored(ask, client):
    number = Article.objects.get(code="data-sync-problems").translations.get(language="es").pk
    assert ask("tom", f"articles/{number}/check/").json()["checked_at"]
    assert ask("tom", f"articles/{number}/retire/", {"because": ""}).status_code == 400
    assert ask("tom", f"articles/{number}/retire/", {"because": "No banks."}).json()["retired_because"] == "No banks."
    assert client.get("/help/en/data-sync-problems/").status_code == 404
    assert ask("tom", f"articles/{number}/restore/").json()["retired_at"] is None
    assert client.get("/help/en/data-sync-problems/").status_code == 200


def test_a_retired_article_leads_to_the_one_that_is_named(ask, client):
    number = Article.objects.get(code="data-sync-problems").translations.get(language="en").pk
    path, said = f"articles/{number}/retire/", {"because": "The other is better."}
    for code in ("nowhere", "data-sync-problems"):
        problem = ask("tom", path, {**said, "replaced_by": code}).json()
        assert [one["field"] for one in problem["errors"]] == ["replaced_by"]
    assert ask("tom", path, {**said, "replaced_by": "browser-compatibility"}).status_code == 200
    assert client.get("/help/en/data-sync-problems/")["Location"] == "/help/en/browser-compatibility/"


def test_tools_see_no_draft_and_sign_nothing_whatever_their_scopes(ask, cast, api):
    draft = brought_to("in_review", ask)
    tool = api(cast.monitor, "knowledge:read", "knowledge:write")
    assert tool.get(f"{ROOT}/revisions/").json()["results"] == []
    assert tool.get(f"{ROOT}/revisions/{draft['id']}/").status_code == 404
    said = {"digest": draft["digest"], "guidelines": GUIDELINES}
    assert ask("monitor", f"revisions/{draft['id']}/review/", said).status_code == 404
    assert ask("monitor", "articles/", {"category": "features", "title": "By a tool"}).status_code == 403


@pytest.mark.parametrize("path", ["revisions/", "trains/"])
def test_lists_cost_the_same_however_many(ask, cast, api, statements, path):
    client, costs = api(cast.tom), set()
    client.get(f"{ROOT}/{path}")
    for rows in (1, 15):
        for _ in range(rows):
            if path == "trains/":
                with acting(by=cast.ada, channel="test") as act:
                    Train.objects.create(departed_at=act.at)
            else:
                begun(ask, title=f"Title {next(NEXT)}")
        with statements() as taken:
            assert client.get(f"{ROOT}/{path}").status_code == 200
        costs.add(len(taken.sent))
    assert len(costs) == 1
