"""No button of the back office goes around a gate, whoever presses it; and a signature is for the words on the page."""

from __future__ import annotations

import pytest

from financy_support.desk.audit.acting import acting
from knowledge.models import Article, Revision
from knowledge.workflow.edit_draft import edit_draft
from knowledge.workflow.review_revision import review_revision
from knowledge.workflow.submit_revision import submit_revision
from tests.admin.test_knowledge_pages import at, begin, press  # noqa: F401  # at is a fixture
from tests.knowledge.steps import BODY, GUIDELINES, HARD, WORDS, act

CHECKS = {"technical_review": "I did each step on a phone.", "customer_test": "Five customers locked a card."}


def to(state, at, *, leave_out=""):  # noqa: F811
    """Eve's draft, brought so far by buttons."""
    eve, tom = at("eve"), at("tom")
    draft = begin(eve)
    press(eve, draft, "edit", **WORDS)
    if state == "draft":
        return draft
    press(eve, draft, "submit")
    if state == "in_review":
        return draft
    press(tom, draft, "review", guidelines=GUIDELINES)
    for kind, notes in CHECKS.items():
        if kind != leave_out:
            press(tom, draft, "check", kind=kind, passed="yes", notes=notes)
    return draft


@pytest.mark.parametrize(
    ("state", "leave_out", "who", "verb", "said", "answer"),
    [
        ("draft", "", "eve", "review", {"guidelines": GUIDELINES}, "takes one that is in review"),
        ("draft", "", "tina", "approve", {}, "takes one that is"),
        ("draft", "", "ada", "publish", {"because": "Now."}, "takes one that is"),
        ("in_review", "", "eve", "review", {"guidelines": GUIDELINES}, "three people"),
        ("in_review", "", "tom", "review", {"guidelines": GUIDELINES[:2]}, "Not actionable"),
        ("in_review", "", "tom", "check", {"kind": "customer_test", "passed": "yes", "notes": "ok"}, "what was tried"),
        ("in_review", "", "eve", "check", {"kind": "technical_review", "passed": "yes", "notes": "x" * 20}, "three"),
        ("in_review", "", "eve", "edit", {"title": "Other"}, "takes one that is draft"),
        ("in_approval", "", "tom", "approve", {}, "three people"),
        ("in_approval", "", "eve", "approve", {}, "three people"),
        ("in_approval", "", "ada", "approve", {}, "experts of Features"),
        ("in_approval", "technical_review", "tina", "approve", {}, "No technical review of these words"),
        ("in_approval", "customer_test", "tina", "approve", {}, "No test by sample customers of these words"),
        ("in_approval", "", "ada", "publish", {"because": "Now."}, "Only critical articles"),
    ],
)
def test_each_gate_refuses_and_the_page_says_which(at, state, leave_out, who, verb, said, answer):  # noqa: F811
    draft = to(state, at, leave_out=leave_out)
    before = (draft.state, draft.title, draft.reviewed_digest, draft.approved_digest, draft.checks.count())
    assert answer in press(at(who), draft, verb, **said)
    assert before == (draft.state, draft.title, draft.reviewed_digest, draft.approved_digest, draft.checks.count())


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"body": HARD}, "Shorten these"),
        ({"body": BODY + "[x](article:nowhere)"}, "leads to no article"),
        ({"summary": "x" * 161}, "160 characters"),
    ],
)
def test_what_is_not_fit_is_not_handed_in(at, change, answer):  # noqa: F811
    draft = to("draft", at)
    press(at("eve"), draft, "edit", **change)
    assert answer in press(at("eve"), draft, "submit") and draft.state == "draft"


def test_nobody_signs_words_that_they_have_not_read(cast, at):  # noqa: F811
    draft = to("in_review", at)
    read = draft.digest
    act(review_revision, draft, return_because="Say which button.", by=cast.theo)
    act(edit_draft, draft, body=BODY.replace("Press **Lock**", "Press **Send money**"), by=cast.eve)
    act(submit_revision, draft, by=cast.eve)
    for digest in (read, "", "none"):
        said = press(at("tom"), draft, "review", guidelines=GUIDELINES, digest=digest)
        assert "others than those you read" in said and draft.state == "in_review"
    press(at("tom"), draft, "review", guidelines=GUIDELINES)
    assert draft.state == "in_approval" and draft.reviewed_digest == draft.digest != read


def test_an_expert_gives_back_by_a_button_what_went_at_once(cast, at, client):  # noqa: F811
    draft = to("in_approval", at)
    with acting(by=cast.ada, channel="test"):
        Article.objects.filter(pk=draft.translation.article_id).update(is_critical=True)
    press(at("tom"), draft, "publish", because="Money is at risk.")
    assert client.get("/help/en/lock-a-lost-card/").status_code == 200
    press(at("tina"), draft, "approve", return_because="The button is blue.")
    assert draft.state == "draft" and Revision.objects.get(pk=draft.pk).approver is None
    assert client.get("/help/en/lock-a-lost-card/").status_code == 404


def test_an_article_is_retired_in_favour_of_another_by_a_button(at, client):  # noqa: F811
    article = Article.objects.get(code="data-sync-problems")
    assert "No article has this code" in press(at("eve"), article, "retire", because="Gone.", replaced_by="nowhere")
    shown = press(at("eve"), article, "retire", because="Gone.", replaced_by="browser-compatibility")
    assert "→ browser-compatibility" in shown
    assert client.get("/help/en/data-sync-problems/")["Location"] == "/help/en/browser-compatibility/"


def test_editors_see_knowledge_and_no_tickets(cast, at):  # noqa: F811
    eve = at("eve")
    for address in ("article", "revision", "train"):
        assert eve.get(f"/admin/knowledge/{address}/").status_code == 200
    for address in ("/admin/tickets/ticket/", "/admin/desk/customer/", "/admin/communications/message/"):
        assert eve.get(address).status_code in (403, 404)


@pytest.mark.parametrize("odd", ["a\x00b", "9" * 40, "²", "é" * 600])
def test_odd_words_in_a_form_are_taken_or_refused_and_break_nothing(at, odd):  # noqa: F811
    eve, tom, tina = at("eve"), at("tom"), at("tina")
    article = Article.objects.get(code="data-sync-problems")
    for client, row, verb, said in (
        (eve, article, "begin", {"language": odd}),
        (eve, article, "retire", {"because": odd, "replaced_by": odd}),
        (eve, article, "retire", {"because": odd}),
        (eve, to("draft", at), "edit", {"comment": odd, "significance": odd}),
    ):
        press(client, row, verb, **said)
    draft = Revision.objects.latest("id")
    press(eve, draft, "edit", **{**WORDS, "body": HARD, "comment": ""})
    press(eve, draft, "submit", readability_override=odd)
    press(tom, draft, "check", kind="customer_test", passed="no", notes=odd + " and more words")
    press(tom, draft, "review", guidelines=GUIDELINES)
    press(tina, draft, "approve", return_because=odd)
    for name in ("category", "title", "language"):
        begun = eve.post(
            "/admin/knowledge/article/begin/", {"title": "T", "language": "en", "category": "1", name: odd}
        )
        assert begun.status_code in (200, 302)
