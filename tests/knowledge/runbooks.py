"""A small runbook for tests, and its way into force, each step in the name of who takes it."""

from __future__ import annotations

from typing import Any

from knowledge.models import Category, Runbook, RunbookRevision
from knowledge.workflow.approve_runbook import approve_runbook
from knowledge.workflow.begin_runbook import begin_runbook
from knowledge.workflow.edit_runbook import edit_runbook
from knowledge.workflow.review_revision import GUIDELINES
from knowledge.workflow.review_runbook import review_runbook
from knowledge.workflow.submit_runbook import submit_runbook
from knowledge.workflow.write_runbook import write_runbook
from tests.knowledge.steps import act


def step(key: str, success: str, failure: str, *, waits: bool = False) -> dict[str, Any]:
    """One step, without its number: it is counted by its place."""
    return {
        "key": key, "action": f"Do {key}", "commands": ["Look"], "expected_outcome": "It works",
        "waits_for_customer": waits, "success": success, "failure": failure,
    }  # fmt: skip


GOOD: dict[str, Any] = {
    "title": "General questions",
    "steps": [
        step("answer", "resolve", "ask_again"),
        step("ask_again", "answer", "escalate_to_tier_2", waits=True),
    ],
    "criteria": {"automatic": [{"code": "many_ask", "text": "Many ask the same"}], "manual": ["Nobody knows"]},
    "documentation": ["answer_given"],
    "template": "",
}


def numbered(steps: list[dict[str, Any]]) -> list[Any]:
    """As they are kept."""
    return [{**one, "number": place} for place, one in enumerate(steps, 1)]


def shipped(issue_type: str = "authentication_problems") -> Runbook:
    return Runbook.objects.get(issue_type=issue_type)


def begun(team: Any, **change: Any) -> RunbookRevision:
    """Eve's draft of a new runbook."""
    shelf = Category.objects.get(slug="troubleshooting")
    draft = act(write_runbook, category=shelf, issue_type="general_inquiry", title="General questions", by=team.eve)
    return act(edit_runbook, draft, by=team.eve, **{**GOOD, **change})


def in_review(team: Any) -> RunbookRevision:
    draft = begun(team)
    return act(submit_runbook, draft, by=team.eve)


def in_approval(team: Any) -> RunbookRevision:
    return act(review_runbook, in_review(team), guidelines=GUIDELINES, by=team.tom)


def in_force(team: Any) -> RunbookRevision:
    return act(approve_runbook, in_approval(team), by=team.tina)


def next_of(runbook: Runbook, team: Any, **change: Any) -> RunbookRevision:
    """Eve's next wording of a runbook."""
    draft = act(begin_runbook, runbook, by=team.eve)
    return act(edit_runbook, draft, by=team.eve, **change) if change else draft
