"""A runbook's way from a draft into force: each gate says its rule, and what people work by is signed and sound."""

from __future__ import annotations

import pytest

from communications.models import MessageTemplate
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, DeskError, Invalid, NotAllowed
from knowledge.issue_types import issue_types
from knowledge.models import Category, Runbook, RunbookRevision
from knowledge.runbook_gates import in_force as the_one_in_force
from knowledge.runbook_gates import what_is_wrong
from knowledge.runbook_steps import End, leads_to
from knowledge.workflow.approve_runbook import approve_runbook
from knowledge.workflow.begin_runbook import begin_runbook
from knowledge.workflow.discard_runbook import discard_runbook
from knowledge.workflow.edit_runbook import edit_runbook
from knowledge.workflow.retire_runbook import restore_runbook, retire_runbook
from knowledge.workflow.review_revision import GUIDELINES
from knowledge.workflow.review_runbook import review_runbook
from knowledge.workflow.submit_runbook import submit_runbook
from knowledge.workflow.write_runbook import write_runbook
from tests.knowledge.runbooks import (
    GOOD,
    begun,
    in_approval,
    in_force,
    in_review,
    next_of,
    numbered,
    shipped,
    step,
)
from tests.knowledge.steps import act


@pytest.mark.parametrize("issue_type", ["authentication_problems", "transaction_processing_errors"])
def test_what_the_house_ships_is_in_force_and_nothing_is_wrong_with_it(db, issue_type):
    revision = the_one_in_force(shipped(issue_type))
    assert revision.author.kind == "system" and revision.is_reviewed and revision.is_approved
    assert what_is_wrong(revision) == []
    assert issue_type in issue_types()


def walk(issue_type, *went):
    """Where the shipped runbook leads when each step succeeds (+) or fails (-)."""
    steps, path, waits = the_one_in_force(shipped(issue_type)).steps, [], 0
    target = steps[0]
    for sign in went:
        path.append(target["key"])
        waited = target["waits_for_customer"] and sign == "+"
        target = leads_to(target, steps, succeeded=sign == "+", waits=waits)
        waits += waited
    return path, target if isinstance(target, End) else target["key"]


@pytest.mark.parametrize(
    ("issue_type", "went", "end"),
    [
        ("authentication_problems", "-", "escalate_to_tier_2"),
        ("authentication_problems", "+++", "resolve"),
        ("authentication_problems", "++-", "check_browser_and_app"),
        ("authentication_problems", "++-++", "resolve"),
        ("authentication_problems", "++-+-", "escalate_to_tier_2"),
        ("authentication_problems", "++--", "escalate_to_tier_2"),
        ("authentication_problems", "+-+", "test_login"),
        ("authentication_problems", "+--", "escalate_to_tier_2"),
        ("transaction_processing_errors", "+", "analyze_error_details"),
        ("transaction_processing_errors", "++", "apply_appropriate_fix"),
        ("transaction_processing_errors", "++++", "resolve"),
        ("transaction_processing_errors", "+++-", "escalate_to_engineering"),
        ("transaction_processing_errors", "++-", "escalate_to_engineering"),
        ("transaction_processing_errors", "+-", "escalate_to_engineering"),
        ("transaction_processing_errors", "-+", "verify_transaction_details"),
        ("transaction_processing_errors", "-+-+-+-", "request_additional_transaction_info"),
        ("transaction_processing_errors", "-+-+-+-+", "escalate_to_tier_2"),
    ],
)
def test_the_handbook_s_edges_lead_where_the_design_settles_them(db, issue_type, went, end):
    assert walk(issue_type, *went)[1] == end


def test_three_people_bring_a_runbook_into_force_and_the_next_supersedes_it(team):
    first = in_force(team)
    assert (first.state, first.author, first.reviewer, first.approver) == ("published", team.eve, team.tom, team.tina)
    assert first.published_at == first.approved_at
    second = next_of(first.runbook, team, title="Other questions")
    assert second.number == 2 and second.steps == first.steps and the_one_in_force(first.runbook) == first
    act(submit_runbook, second, by=team.eve)
    act(review_runbook, second, guidelines=GUIDELINES, by=team.tom)
    act(approve_runbook, second, by=team.tina)
    first.refresh_from_db()
    assert first.state == "superseded" and first.is_approved and the_one_in_force(first.runbook) == second


@pytest.mark.parametrize(
    ("bring", "verb", "who", "said", "error", "code"),
    [
        (begun, submit_runbook, "tom", {}, NotAllowed, "not_allowed"),
        (begun, edit_runbook, "ada", {"title": "Mine"}, NotAllowed, "not_allowed"),
        (begun, review_runbook, "tom", {"guidelines": GUIDELINES}, Conflict, "state"),
        (begun, approve_runbook, "tina", {}, Conflict, "state"),
        (in_review, edit_runbook, "eve", {"title": "Later"}, Conflict, "state"),
        (in_review, review_runbook, "eve", {"guidelines": GUIDELINES}, NotAllowed, "same_person"),
        (in_review, review_runbook, "tom", {"guidelines": GUIDELINES[:2]}, Invalid, "invalid"),
        (in_review, review_runbook, "tom", {"guidelines": GUIDELINES, "digest": "other"}, Conflict, "other_words"),
        (in_review, approve_runbook, "tina", {}, Conflict, "state"),
        (in_approval, approve_runbook, "eve", {}, NotAllowed, "same_person"),
        (in_approval, approve_runbook, "tom", {}, NotAllowed, "same_person"),
        (in_approval, approve_runbook, "ada", {}, NotAllowed, "no_expert"),
        (in_approval, approve_runbook, "tina", {"digest": "other"}, Conflict, "other_words"),
        (in_force, discard_runbook, "tom", {}, Conflict, "state"),
        (in_force, approve_runbook, "tina", {}, Conflict, "state"),
    ],
)
def test_each_gate_refuses_with_its_rule_and_nothing_changes(team, bring, verb, who, said, error, code):
    revision = bring(team)
    before = RunbookRevision.objects.values().get(pk=revision.pk)
    with pytest.raises(error) as refusal:
        act(verb, revision, by=getattr(team, who), **said)
    assert code in {refusal.value.code, *(one.code for one in refusal.value.problems)}
    assert RunbookRevision.objects.values().get(pk=revision.pk) == before


@pytest.mark.parametrize("who", ["ana", "monitor"])
def test_whoever_is_no_staff_writes_no_runbook(team, who):
    by = team.ana.user if who == "ana" else team.monitor
    with pytest.raises(NotAllowed):
        act(begin_runbook, shipped(), by=by)


def test_a_draft_keeps_what_the_linter_will_refuse_and_handing_it_in_names_all_of_it(team):
    wrong = [step("look", "nowhere", "look"), step("lost", "resolve", "resolve")]
    draft = begun(team, steps=wrong, documentation=[])
    with pytest.raises(Invalid) as refusal:
        act(submit_runbook, draft, by=team.eve)
    assert {(one.field, one.code) for one in refusal.value.problems} == {
        ("steps.0.success", "undefined_edge"), ("steps.0.failure", "endless"), ("steps.1", "unreachable_step"),
        ("steps", "never_resolves"), ("documentation", "required"),
    }  # fmt: skip
    draft.refresh_from_db()
    assert draft.state == "draft" and draft.steps == numbered(wrong)


def test_what_went_wrong_since_its_review_is_not_approved(team):
    revision = next_of(shipped(), team)
    act(submit_runbook, revision, by=team.eve)
    act(review_runbook, revision, guidelines=GUIDELINES, by=team.tom)
    with acting(by=team.ada, channel="test"):
        MessageTemplate.objects.filter(purpose=revision.template, language="pt").delete()
    with pytest.raises(Conflict) as refusal:
        act(approve_runbook, revision, by=team.tina)
    assert [(one.field, one.code) for one in refusal.value.problems] == [("template", "no_words")]
    assert "Portuguese" in refusal.value.problems[0].detail


def test_given_back_it_is_a_draft_again_with_the_reason_and_without_signatures(team):
    revision = act(approve_runbook, in_approval(team), return_because="Say which page.", by=team.tina)
    assert (revision.state, revision.reviewer, revision.reviewed_digest) == ("draft", None, "")
    assert "Say which page." in revision.returned_because
    assert act(submit_runbook, revision, by=team.eve).returned_because == ""
    again = act(review_runbook, revision, return_because="Shorter.", by=team.tom)
    assert again.state == "draft" and "Shorter." in again.returned_because


def test_one_wording_is_at_work_and_a_discarded_one_makes_room(team):
    draft = next_of(shipped(), team)
    with pytest.raises(Conflict, match="Finish or discard"):
        act(begin_runbook, shipped(), by=team.tom)
    act(discard_runbook, draft, by=team.tom)
    assert next_of(shipped(), team).number == 3


def test_an_issue_type_has_one_runbook_until_it_is_retired(team):
    shelf = Category.objects.get(slug="features")
    said = {"category": shelf, "title": "Another", "by": team.eve}
    with pytest.raises(Conflict, match="authentication-problems"):
        act(write_runbook, issue_type="authentication_problems", **said)
    with pytest.raises(Invalid, match="general_inquiry"):
        act(write_runbook, issue_type="authentification", **said)
    with pytest.raises(Invalid, match="Say why"):
        act(retire_runbook, shipped(), because=" ", by=team.tom)
    old = act(retire_runbook, shipped(), because="It is wrong.", by=team.tom)
    for verb in (begin_runbook, retire_runbook):
        with pytest.raises(Conflict, match="retired"):
            act(verb, old, by=team.tom, **({"because": "b"} if verb is retire_runbook else {}))
    with pytest.raises(Conflict, match="code"):
        act(write_runbook, issue_type="authentication_problems", **said)
    new = act(write_runbook, issue_type="authentication_problems", code="log-in", **said)
    with pytest.raises(Conflict, match="log-in"):
        act(restore_runbook, old, by=team.tom)
    act(retire_runbook, new.runbook, because="The old one is right.", by=team.tom)
    assert act(restore_runbook, old, by=team.tom).retired_at is None
    with pytest.raises(Conflict, match="not retired"):
        act(restore_runbook, old, by=team.tom)


def test_nothing_of_a_retired_runbook_moves(team):
    revision = in_approval(team)
    act(retire_runbook, revision.runbook, because="b", by=team.tom)
    with pytest.raises(Conflict, match="Restore it first"):
        act(approve_runbook, revision, by=team.tina)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": "x" * 201}, "title"),
        ({"title": None}, "title"),
        ({"template": "Not A Name"}, "template"),
        ({"steps": "words"}, "steps"),
        ({"steps": [{}] * 41}, "steps"),
        ({"steps": ["words"]}, "steps.0"),
        ({"steps": [{"colour": "red"}]}, "steps.0.colour"),
        ({"steps": [{"number": 2}]}, "steps.0.number"),
        ({"steps": [{"key": "Two words"}]}, "steps.0.key"),
        ({"steps": [{"success": "step 2"}]}, "steps.0.success"),
        ({"steps": [{"commands": [7]}]}, "steps.0.commands.0"),
        ({"steps": [{"commands": ["x"] * 21}]}, "steps.0.commands"),
        ({"steps": [{"waits_for_customer": "yes"}]}, "steps.0.waits_for_customer"),
        ({"criteria": []}, "criteria"),
        ({"criteria": {"sometimes": []}}, "criteria.sometimes"),
        ({"criteria": {"automatic": [{"code": "A B"}]}}, "criteria.automatic.0.code"),
        ({"criteria": {"manual": [None]}}, "criteria.manual.0"),
        ({"documentation": ["Root cause"]}, "documentation.0"),
    ],
)
def test_what_no_runbook_can_hold_is_refused_by_name(team, said, field):
    draft = begun(team)
    with pytest.raises(DeskError) as refusal:
        act(edit_runbook, draft, by=team.eve, **said)
    assert field in [one.field for one in refusal.value.problems]
    draft.refresh_from_db()
    assert draft.steps == numbered(GOOD["steps"])


def test_odd_words_are_kept_on_one_line(team):
    draft = begun(team, title=" Two\nlines\x00 ", steps=[{**GOOD["steps"][0], "commands": ["Look\tthere", "  "]}])
    assert draft.title == "Two lines" and draft.steps[0]["commands"] == ["Look there"]


def test_everything_that_happened_to_a_runbook_is_in_the_history(team):
    runbook = in_force(team).runbook
    act(retire_runbook, runbook, because="b", by=team.tom)
    assert Runbook.history.filter(id=runbook.pk).count() == 2
    acted = RunbookRevision.history.filter(runbook_id=runbook.pk).order_by("history_id")
    assert list(acted.values_list("state", flat=True)) == ["draft", "draft", "in_review", "in_approval", "published"]
