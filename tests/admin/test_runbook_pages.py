"""Runbooks in the back office: drawn and told, edited step by step, signed by buttons; each refusal is said there."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from knowledge.models import Category, Runbook, RunbookRevision
from knowledge.runbook_gates import in_force
from knowledge.workflow.edit_runbook import edit_runbook
from knowledge.workflow.review_revision import GUIDELINES
from tests.admin.test_knowledge_pages import at  # noqa: F401  # a fixture
from tests.browser import needs_browser
from tests.knowledge import runbooks
from tests.knowledge.runbooks import GOOD, numbered, shipped
from tests.knowledge.steps import act

LIST = "/admin/knowledge/runbookrevision/"


def page(client, row):
    answer = client.get(f"{LIST}{row.pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def press(client, row, verb, **said):
    """The button's form, with the digest of what its page shows."""
    said = {"digest": row.digest, **said}
    answer = client.post(reverse("admin:knowledge_runbookrevision_do", args=[row.pk, verb]), said, follow=True)
    assert answer.status_code == 200
    row.refresh_from_db()
    return answer.content.decode()


def typed(**change):
    """What the form of the good runbook says."""
    said = {"title": GOOD["title"], "automatic": "many_ask: Many ask the same", "manual": "Nobody knows\r\n",
            "documentation": "answer_given", "template": "", "comment": ""}  # fmt: skip
    for group, one in enumerate(GOOD["steps"]):
        said |= {f"step-{group}-{name}": one[name] for name in ("key", "action", "expected_outcome")}
        said |= {f"step-{group}-{way}": one[way] for way in ("success", "failure")}
        said[f"step-{group}-commands"] = "\r\n".join(one["commands"])
        said |= {f"step-{group}-waits": "yes"} if one["waits_for_customer"] else {}
    return said | change


def begin(client, **said):
    shelf = Category.objects.get(slug="troubleshooting")
    words = {"title": "General questions", "issue_type": "general_inquiry", "category": shelf.pk, **said}
    return client.post("/admin/knowledge/runbookrevision/begin/", words, follow=True).content.decode()


def test_from_an_issue_type_to_a_runbook_in_force_by_buttons_alone(at):  # noqa: F811
    eve, tom, tina = at("eve"), at("tom"), at("tina")
    assert "Write a new runbook" in eve.get(LIST).content.decode()
    assert "add what is to be done first" in begin(eve)
    draft = RunbookRevision.objects.latest("id")
    press(eve, draft, "edit", **typed())
    assert draft.steps == numbered(GOOD["steps"]) and draft.criteria == GOOD["criteria"]
    press(eve, draft, "submit")
    assert f'name="digest" value="{draft.digest}"' in page(tom, draft) and draft.digest not in page(eve, draft)
    press(tom, draft, "review", guidelines=GUIDELINES)
    press(tina, draft, "approve")
    assert in_force(draft.runbook) == draft
    press(tom, draft, "begin")
    second = RunbookRevision.objects.latest("id")
    assert (second.number, second.author) == (2, draft.reviewer)


def test_a_shipped_runbook_is_drawn_and_told_in_words(at):  # noqa: F811
    shown = page(at("tom"), in_force(shipped("transaction_processing_errors")))
    drawing, _, rest = shown.partition("</svg>")
    drawing = drawing[drawing.index("<svg class=") :]
    assert drawing.count('class="desk-graph-step') == 5 and drawing.count('class="desk-graph-edge') == 10
    assert drawing.count("desk-graph-end") == 5 and "waits for the customer, 3 times at most" in drawing
    for words in ("Check transaction ID in database", "step 2, analyze_error_details", "escalate to engineering",
                  "Transaction record located with status details", "Data integrity concerns",
                  "data_integrity_concerns",
                  "transaction_resolution_template", "customer_notification_sent"):  # fmt: skip
        assert words in rest
    assert "<script" not in drawing and "style=" not in drawing


def test_the_linter_speaks_at_the_step_and_the_step_is_marked(at):  # noqa: F811
    eve = at("eve")
    begin(eve)
    draft = RunbookRevision.objects.latest("id")
    press(eve, draft, "edit", **typed(**{"step-0-success": "reslove"}))
    shown = page(eve, draft)
    at_first = shown[shown.index("<legend") :].partition("</fieldset>")[0]
    assert "Did you mean “resolve”?" in at_first and "no edge leads" not in shown
    assert shown.count("desk-graph-wrong") == 1 and "? reslove" in shown
    assert "is no step and no end" in press(eve, draft, "submit") and draft.state == "draft"


def test_steps_are_added_taken_out_and_moved_by_the_form(at):  # noqa: F811
    eve = at("eve")
    begin(eve)
    draft = RunbookRevision.objects.latest("id")
    press(eve, draft, "edit", **typed(**{"step-0-place": "9", "step-2-key": "extra", "step-2-place": "5"}))
    assert [one["key"] for one in draft.steps] == ["ask_again", "extra", "answer"]
    assert [one["number"] for one in draft.steps] == [1, 2, 3]
    press(eve, draft, "edit", **typed(**{"step-1-out": "yes"}))
    assert [one["key"] for one in draft.steps] == ["answer"]


@pytest.mark.parametrize(
    "change",
    [
        {"step-0-place": "²"},
        {"step-0-place": "-1"},
        {"step-0-key": "Two words"},
        {"step-0-action": "x" * 201},
        {"template": "x" * 51},
        {"documentation": "Not snake"},
        {"automatic": "A B: words"},
    ],
)
def test_odd_words_in_the_form_are_refused_and_change_nothing(at, change):  # noqa: F811
    eve = at("eve")
    begin(eve)
    draft = RunbookRevision.objects.latest("id")
    assert "Done." not in press(eve, draft, "edit", **typed(**change))
    assert draft.steps == []


@pytest.mark.parametrize(
    "said", [{"category": "x"}, {"category": "9" * 30}, {"title": " "}, {"issue_type": "x"}, {"code": "!"}]
)
def test_odd_words_begin_nothing(at, said):  # noqa: F811
    begin(at("eve"), **said)
    assert Runbook.objects.count() == 2


@pytest.mark.parametrize(
    ("bring", "who", "verb", "said", "answer"),
    [
        (runbooks.begun, "tom", "submit", {}, "hands in their own"),
        (runbooks.in_review, "eve", "review", {"guidelines": GUIDELINES}, "three people"),
        (runbooks.in_review, "tom", "review", {"guidelines": GUIDELINES[:1]}, "Not concise"),
        (runbooks.in_review, "tom", "review", {"guidelines": GUIDELINES, "digest": ""}, "others than those you read"),
        (runbooks.in_approval, "ada", "approve", {"digest": "x"}, "others than those you read"),
        (runbooks.in_approval, "tina", "approve", {"digest": ""}, "others than those you read"),
        (runbooks.in_force, "tom", "retire", {"because": ""}, "Say why"),
        (runbooks.in_force, "tom", "restore", {}, "not retired"),
    ],
)
def test_a_button_goes_around_no_gate_and_the_page_says_why(cast, at, bring, who, verb, said, answer):  # noqa: F811
    revision = bring(cast)
    before = RunbookRevision.objects.values().get(pk=revision.pk)
    assert answer in press(at(who), revision, verb, **said)
    assert RunbookRevision.objects.values().get(pk=revision.pk) == before


def test_whoever_signs_sees_what_would_change(cast, at):  # noqa: F811
    tom = at("tom")
    steps = in_force(shipped()).steps
    draft = runbooks.next_of(shipped(), cast, steps=[{**steps[0], "action": "Look twice"}, *steps[1:]])
    shown = page(tom, draft)
    assert "<ins>+ 1 verify_user_credentials: Look twice</ins>" in shown
    assert "<del>- 1 verify_user_credentials: Verify user credentials</del>" in shown
    assert "2 reset_password: Reset password" not in shown.partition("<pre")[2]


def test_retired_it_says_so_and_its_history_tells_when_and_by_whom(at):  # noqa: F811
    tom, revision = at("tom"), in_force(shipped())
    assert "retired" in press(tom, revision, "retire", because="The app logs in by itself.")
    assert "The app logs in by itself." in page(tom, revision)
    assert "Begin the next revision" not in page(tom, revision)
    history = tom.get(reverse("admin:knowledge_runbookrevision_history", args=[revision.pk])).content.decode()
    assert "The app logs in by itself." in history and "Tom" in history
    press(tom, revision, "restore")
    assert "Begin the next revision" in page(tom, revision)


def test_words_of_a_draft_do_nothing_in_the_page(cast, at):  # noqa: F811
    evil = "<script>alert(1)</script>"
    draft = runbooks.begun(cast, title=evil, steps=[{**GOOD["steps"][0], "action": evil, "commands": [evil]}])
    assert evil not in page(at("tom"), draft)


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_drawing_can_be_read_and_no_page_complains(desk, scheme):
    for issue_type in ("authentication_problems", "transaction_processing_errors"):
        revision = in_force(shipped(issue_type))
        for width in (1280, 390):
            shown = desk.sit_down(desk.cast.tom, width=width, scheme=scheme)
            shown.goto(f"{LIST}{revision.pk}/change/")
            assert shown.evaluate("document.documentElement.scrollWidth") <= width
            drawing = shown.get_by_role("img", name=re.compile("The steps and where each leads"))
            box = drawing.bounding_box()
            if width == 1280:
                assert box["x"] + box["width"] <= width
            for step in revision.steps:
                action = drawing.get_by_text(step["action"][:20])
                rect = action.locator("xpath=..").locator("rect").bounding_box()
                assert all(
                    rect["x"] < line["x"] and line["x"] + line["width"] < rect["x"] + rect["width"]
                    for line in (one.bounding_box() for one in action.locator("xpath=..").locator("text").all())
                )
    assert desk.complaints == []


@needs_browser
def test_an_editor_writes_a_step_by_keyboard_and_sees_what_is_wrong_with_it(desk):
    shown = desk.sit_down(desk.cast.eve)
    shown.goto(f"{LIST}begin/")
    shown.get_by_label("Title: which issue does it resolve?").fill("General questions")
    shown.get_by_label("Issue type", exact=True).select_option("general_inquiry")
    shown.get_by_role("button", name="Begin").click()
    shown.wait_for_url("**/runbookrevision/*/change/")
    shown.get_by_label("Key, by which edges name it").first.fill("answer")
    shown.get_by_label("On success, go to").first.fill("reslove")
    shown.get_by_role("button", name="Save").click()
    shown.get_by_role("group", name="Step 1").get_by_text("Did you mean “resolve”?").wait_for()
    draft = RunbookRevision.objects.latest("id")
    assert draft.steps[0]["key"] == "answer"
    act(edit_runbook, draft, by=desk.cast.eve, **GOOD)
    narrow = desk.sit_down(desk.cast.eve, width=390)
    narrow.goto(f"{LIST}{draft.pk}/change/")
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 390
    assert desk.complaints == []
