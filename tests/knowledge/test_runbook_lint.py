"""A runbook that the linter passes ends on every walk; one that does not is refused, at the edge and step at fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.runbook_graph import draw
from knowledge.runbook_lint import lint_runbook
from knowledge.runbook_steps import MOST_WAITS, End, leads_to, target_of
from tests.knowledge.runbooks import GOOD, numbered, step

TEMPLATES = {"resolution_notification": ["resolution_summary"], "takes_it": ["answer_given", "reference"]}


def lint(steps=None, **change):
    said = {**GOOD, **change, "steps": numbered(GOOD["steps"] if steps is None else steps)}
    return lint_runbook(**said, templates=TEMPLATES)


def found(steps=None, **change):
    return {(one.field, one.code) for one in lint(steps, **change)}


def test_a_good_runbook_has_no_problem():
    assert lint() == []
    assert lint(template="takes_it") == []


def test_an_edge_to_nowhere_is_named_with_the_step_that_was_meant():
    problem = lint([step("look", "reslove", "fix_it"), step("fix_it", "resolve", "escalate_to_tier_2")])
    assert [(one.field, one.code) for one in problem] == [("steps.0.success", "undefined_edge")]
    assert problem[0].detail == (
        "Step 1 “look”: its success leads to “reslove”, which is no step and no end. Did you mean “resolve”?"
    )


@pytest.mark.parametrize("edge", ["", "proceed_to_step_0", "proceed_to_step_3", "escalate_to_tier_9", "Look"])
def test_what_is_neither_step_nor_end_nor_a_number_that_exists_leads_nowhere(edge):
    steps = [step("look", "proceed_to_step_2", "escalate_to_tier_3"), step("fix", "resolve", edge)]
    assert found(steps) == {("steps.1.failure", "undefined_edge")}


def test_a_step_that_no_edge_leads_to_is_named():
    steps = [step("look", "resolve", "escalate_to_tier_2"), step("lost", "resolve", "also_lost"),
             step("also_lost", "lost", "resolve", waits=True)]  # fmt: skip
    assert found(steps) == {("steps.1", "unreachable_step"), ("steps.2", "unreachable_step")}


def test_a_circle_is_named_with_all_its_steps():
    steps = [step("look", "fix", "resolve"), step("fix", "test", "resolve"), step("test", "resolve", "look")]
    problems = lint(steps)
    assert [(one.field, one.code) for one in problems] == [("steps.2.failure", "endless")]
    assert "look → fix → test → look" in problems[0].detail


def test_a_circle_through_the_customer_is_none_but_only_by_their_answer():
    assert found([step("ask", "ask", "resolve", waits=True)]) == set()
    assert found([step("ask", "resolve", "ask", waits=True)]) == {("steps.0.failure", "endless")}
    assert found([step("ask", "ask", "resolve")]) == {("steps.0.success", "endless")}


def test_each_circle_of_several_is_named():
    steps = [step("a", "a", "b"), step("b", "b", "c"), step("c", "resolve", "a")]
    assert {field for field, code in found(steps) if code == "endless"} == {
        "steps.0.success", "steps.1.success", "steps.2.failure",
    }  # fmt: skip


def test_a_runbook_that_resolves_nothing_is_refused():
    assert found([step("look", "escalate_to_tier_2", "escalate_to_engineering")]) == {("steps", "never_resolves")}
    assert found([]) == {("steps", "no_steps")}


def test_a_key_is_given_once_and_is_no_word_of_an_edge():
    ends = {"success": "resolve", "failure": "escalate_to_tier_2"}
    assert found([step("a", "b", "resolve"), step("b", **ends), step("b", **ends)]) == {
        ("steps.1.key", "duplicate_key"), ("steps.2.key", "duplicate_key"), ("steps.2", "unreachable_step"),
    }  # fmt: skip
    for word in ("resolve", "proceed_to_step_1"):
        assert ("steps.0.key", "reserved_key") in found([step(word, **ends)])
    assert ("steps.0.key", "no_key") in found([step("", **ends)])


@pytest.mark.parametrize(
    ("name", "code"), [("action", "no_action"), ("commands", "no_commands"), ("expected_outcome", "no_outcome")]
)
def test_a_step_says_what_is_done_how_and_what_is_seen_then(name, code):
    one = step("look", "resolve", "escalate_to_tier_2")
    assert found([{**one, name: one[name][:0]}]) == {(f"steps.0.{name}", code)}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"title": " "}, ("title", "required")),
        ({"criteria": {"automatic": [], "manual": []}}, ("criteria.manual", "required")),
        (
            {"criteria": {"automatic": [{"code": "", "text": "x"}], "manual": ["x"]}},
            ("criteria.automatic.0.code", "no_code"),
        ),
        (
            {"criteria": {"automatic": [{"code": "a", "text": ""}], "manual": ["x"]}},
            ("criteria.automatic.0.text", "no_text"),
        ),
        (
            {"criteria": {"automatic": [{"code": "a", "text": "x"}, {"code": "a", "text": "y"}], "manual": ["x"]}},
            ("criteria.automatic.1.code", "duplicate_code"),
        ),
        ({"documentation": []}, ("documentation", "required")),
        ({"documentation": ["a", "a"]}, ("documentation.1", "duplicate_field")),
        ({"template": "nobody_sends_it"}, ("template", "unknown_template")),
        ({"template": "resolution_notification"}, ("documentation.0", "not_in_template")),
    ],
)
def test_what_is_missing_around_the_steps_is_named(change, problem):
    assert problem in found(**change)


# ------------------------------------------------------------------------------------------------ any graph

KEYS = [f"s{number}" for number in range(6)]
EDGES = st.sampled_from([*KEYS, *End.values, "proceed_to_step_1", "proceed_to_step_4", "nowhere"])
GRAPHS = st.integers(1, len(KEYS)).flatmap(
    lambda size: st.tuples(*(st.builds(step, st.just(key), EDGES, EDGES, waits=st.booleans()) for key in KEYS[:size]))
)


def walks(steps, place=0, waits=0, taken=0):
    """The length of every walk; a walk longer than any that can end is a failure of its own."""
    assert taken <= len(steps) * (MOST_WAITS + 1), "it goes round for ever"
    assert waits <= MOST_WAITS
    for succeeded in (True, False):
        target = leads_to(steps[place], steps, succeeded=succeeded, waits=waits)
        assert target is not None, "it leads nowhere"
        if isinstance(target, End):
            yield taken + 1
        else:
            is_wait = steps[place]["waits_for_customer"] and succeeded and waits < MOST_WAITS
            yield from walks(steps, target["number"] - 1, waits + is_wait, taken + 1)


@given(GRAPHS)
def test_whatever_the_linter_passes_ends_on_every_walk_with_three_waits_at_most(graph):
    if not lint(list(graph)):
        assert min(walks(numbered(list(graph)))) >= 1


@given(GRAPHS)
def test_whatever_goes_wrong_on_some_walk_is_refused(graph):
    """The other way round: no harmless runbook is refused for its edges."""
    steps = numbered(list(graph))
    codes = {code for _, code in found(list(graph))}
    try:
        lengths = list(walks(steps))
    except AssertionError:
        assert codes & {"undefined_edge", "endless"}
    else:
        assert lengths and not (codes - {"unreachable_step", "never_resolves", "undefined_edge", "endless"})
        if "unreachable_step" not in codes:
            assert not codes & {"undefined_edge", "endless"}


@given(GRAPHS, st.data())
def test_any_edge_to_nowhere_is_refused_and_named(graph, data):
    place = data.draw(st.integers(0, len(graph) - 1))
    way = data.draw(st.sampled_from(["success", "failure"]))
    steps = [{**one, way: "nowhere"} if number == place else one for number, one in enumerate(graph)]
    assert (f"steps.{place}.{way}", "undefined_edge") in found(steps)


@given(GRAPHS)
def test_any_draft_can_be_drawn_with_every_step_and_edge_in_it(graph):
    steps = numbered(list(graph))
    drawn = draw(steps)
    assert [box.key for box in drawn.boxes] == [one["key"] for one in steps]
    assert len({(box.x, box.y) for box in drawn.boxes}) == len(steps) and len(drawn.edges) == 2 * len(steps)
    to_ends = [
        one for one in steps for way in ("success", "failure") if not isinstance(target_of(one[way], steps), dict)
    ]
    assert len(drawn.ends) == len(to_ends)
    assert all(box.x >= 0 and box.x + 300 <= drawn.width and box.y + 96 <= drawn.height for box in drawn.boxes)
