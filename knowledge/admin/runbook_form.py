"""A runbook's form: its steps as numbered groups of fields, lists as lines; read back as the verb takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from financy_support.desk.errors import Invalid, Problem
from knowledge.models import RunbookRevision
from knowledge.runbook_graph import told
from knowledge.runbook_shape import MOST
from knowledge.runbook_steps import Step, edges_of
from knowledge.workflow.edit_runbook import RunbookValues

EMPTY_GROUPS = 2  # for steps to be added
TEXTS = ("key", "action", "expected_outcome", "success", "failure")


def values_of(said: Mapping[str, str]) -> RunbookValues:
    """What the form says. A step with a tick at 'take out' is left out; the others stand by their places.

    Raises Invalid for a place that is no number.
    """
    return RunbookValues(
        title=said.get("title", ""),
        steps=_steps_of(said),
        criteria={
            "automatic": [_automatic(line) for line in _lines(said, "automatic")],
            "manual": _lines(said, "manual"),
        },
        documentation=_lines(said, "documentation"),
        template=said.get("template", ""),
        comment=said.get("comment", ""),
    )


def groups_of(steps: Sequence[Step], problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """One group of fields a step, with its problems, and some empty ones."""
    filled = [
        {**step, "lines": "\n".join(step["commands"]), "problems": problems_at(problems, place)}
        for place, step in enumerate(steps)
    ]
    more = min(EMPTY_GROUPS, MOST["steps"] - len(steps))
    return filled + [{"number": len(steps) + 1 + each, "is_new": True} for each in range(more)]


def rows_of(steps: Sequence[Step], problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """The steps as the table beside the drawing tells them."""
    return [
        {
            **step,
            "problems": problems_at(problems, place),
            **{way: told(edge, steps) for way, edge in edges_of(step).items()},
        }
        for place, step in enumerate(steps)
    ]


def problems_at(problems: Sequence[Problem], place: int) -> list[Problem]:
    """Those of one step."""
    here = f"steps.{place}"
    return [one for one in problems if one.field == here or one.field.startswith(f"{here}.")]


def lines_of(revision: RunbookRevision) -> list[str]:
    """All that is signed, a line each, to show what differs."""
    lines = [f"# {revision.title}"]
    for step in revision.steps:
        lines += [f"{step['number']} {step['key']}: {step['action']}", *(f"  - {each}" for each in step["commands"])]
        lines.append(f"  = {step['expected_outcome']}")
        lines += ["  waits for the customer"] if step["waits_for_customer"] else []
        lines += [f"  {way} → {edge}" for way, edge in edges_of(step).items()]
    lines += [f"escalates by itself: {one['code']}: {one['text']}" for one in revision.criteria["automatic"]]
    lines += [f"a person escalates: {text}" for text in revision.criteria["manual"]]
    return [*lines, *(f"written down: {name}" for name in revision.documentation), f"message: {revision.template}"]


def _steps_of(said: Mapping[str, str]) -> list[dict[str, Any]]:
    found: list[tuple[int, dict[str, Any]]] = []
    for group in range(MOST["steps"] + EMPTY_GROUPS):
        name = f"step-{group}"
        texts = {each: said.get(f"{name}-{each}", "").strip() for each in TEXTS}
        commands = _lines(said, f"{name}-commands")
        if said.get(f"{name}-out") or not (commands or any(texts.values())):
            continue
        waits = said.get(f"{name}-waits") == "yes"
        found.append((_place(said, name, group), {**texts, "commands": commands, "waits_for_customer": waits}))
    return [step for _, step in sorted(found, key=lambda one: one[0])]


def _place(said: Mapping[str, str], name: str, group: int) -> int:
    typed = said.get(f"{name}-place", "").strip() or str(group + 1)
    if not (typed.isascii() and typed.isdigit() and len(typed) < 4):
        raise Invalid(f"“{typed[:20]}” is no place: give a whole number.", field=f"steps.{group}.number")
    return int(typed)


def _lines(said: Mapping[str, str], name: str) -> list[str]:
    return [line.strip() for line in said.get(name, "").splitlines() if line.strip()]


def _automatic(line: str) -> dict[str, str]:
    """“code: words”; without a colon the words have no code yet."""
    code, colon, text = line.partition(":")
    return {"code": code.strip(), "text": text.strip()} if colon else {"code": "", "text": line}
