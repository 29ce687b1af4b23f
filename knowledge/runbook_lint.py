"""What is wrong with a runbook, each by its step: an edge to nowhere, a step that nobody reaches, a circle; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches

from financy_support.desk.errors import Problem
from knowledge.runbook_steps import BY_NUMBER, Criteria, End, Step, edges_of, target_of


def lint_runbook(
    *,
    title: str,
    steps: Sequence[Step],
    criteria: Criteria,
    documentation: Sequence[str],
    template: str,
    templates: Mapping[str, Collection[str]],
) -> list[Problem]:
    """Every problem, by field (``steps.0.success``: counted from 0 as in JSON, while the words count from 1).

    ``templates`` are the messages that can tell a customer of the resolution, each with the facts that it takes.
    What has no problem ends on every walk, with three waits for the customer at most (design §8, 10).
    """
    problems = [] if title.strip() else [Problem("title", "required", "Give a title: which issue it resolves.")]
    problems += _steps(steps)
    problems += [*_undefined(steps), *_unreachable(steps), *_endless(steps)]
    return [*problems, *_criteria(criteria), *_documentation(documentation, template, templates)]


def named(step: Step) -> str:
    """A step as problems name it."""
    return f"Step {step['number']} “{step['key']}”"


def _steps(steps: Sequence[Step]) -> Iterator[Problem]:
    if not steps:
        yield Problem("steps", "no_steps", "It has no step: add what is to be done first.")
    keys = Counter(step["key"] for step in steps)
    for place, step in enumerate(steps):
        here = f"steps.{place}"
        if not step["key"]:
            yield Problem(f"{here}.key", "no_key", f"Step {step['number']} has no key: give it one, for edges.")
        elif step["key"] in End.values or BY_NUMBER.fullmatch(step["key"]):
            yield Problem(f"{here}.key", "reserved_key", f"{named(step)}: this word is an edge's. Choose another key.")
        elif keys[step["key"]] > 1:
            yield Problem(f"{here}.key", "duplicate_key", f"{named(step)}: another step has this key. Rename one.")
        if not step["action"]:
            yield Problem(f"{here}.action", "no_action", f"{named(step)}: say what is done.")
        if not step["commands"]:
            yield Problem(f"{here}.commands", "no_commands", f"{named(step)}: say how, in one line at least.")
        if not step["expected_outcome"]:
            yield Problem(f"{here}.expected_outcome", "no_outcome", f"{named(step)}: say what is seen when it worked.")


def _undefined(steps: Sequence[Step]) -> Iterator[Problem]:
    known = [*(step["key"] for step in steps), *End.values]
    for place, step in enumerate(steps):
        for way, edge in edges_of(step).items():
            if target_of(edge, steps) is None:
                near = get_close_matches(edge, known, n=1)
                way_out = f"Did you mean “{near[0]}”?" if near else f"Use one of: {', '.join(known)}."
                said = f"leads to “{edge}”, which is no step and no end" if edge else "leads nowhere"
                detail = f"{named(step)}: its {way} {said}. {way_out}"
                yield Problem(f"steps.{place}.{way}", "undefined_edge", detail)


def _unreachable(steps: Sequence[Step]) -> Iterator[Problem]:
    reached, to_visit, ends = set(), [0] if steps else [], set()
    while to_visit:
        place = to_visit.pop()
        if place not in reached:
            reached.add(place)
            targets = [target_of(edge, steps) for edge in edges_of(steps[place]).values()]
            ends |= {target for target in targets if isinstance(target, End)}
            to_visit += [target["number"] - 1 for target in targets if isinstance(target, dict)]
    for place, step in enumerate(steps):
        if place not in reached:
            detail = f"{named(step)}: no edge leads here from step 1. Lead one here, or take the step out."
            yield Problem(f"steps.{place}", "unreachable_step", detail)
    if steps and End.RESOLVE not in ends:
        yield Problem("steps", "never_resolves", "No walk ends in “resolve”: lead an edge to it where all is well.")


def _endless(steps: Sequence[Step]) -> Iterator[Problem]:
    """A problem an edge that closes a circle in which nobody waits for the customer.

    The success of a step that waits is left out: it is counted, and ends by itself.
    """
    done: set[int] = set()
    for start in range(len(steps)):
        path: list[int] = []
        to_visit: list[tuple[int, Iterator[tuple[str, int]]]] = []
        if start not in done:
            path.append(start)
            to_visit.append((start, _uncounted(steps, start)))
        while to_visit:
            place, ways = to_visit[-1]
            way, onward = next(ways, ("", -1))
            if not way:
                done.add(path.pop())
                to_visit.pop()
            elif onward in path:
                circle = " → ".join(steps[each]["key"] for each in [*path[path.index(onward) :], onward])
                detail = (
                    f"{named(steps[place])}: its {way} goes round for ever: {circle}. Lead it to an end, or let a step "
                    "of the circle wait for the customer."
                )
                yield Problem(f"steps.{place}.{way}", "endless", detail)
            elif onward not in done:
                path.append(onward)
                to_visit.append((onward, _uncounted(steps, onward)))


def _uncounted(steps: Sequence[Step], place: int) -> Iterator[tuple[str, int]]:
    """The ways from a step to others that may be taken any number of times."""
    step = steps[place]
    for way, edge in edges_of(step).items():
        target = target_of(edge, steps)
        if isinstance(target, dict) and not (way == "success" and step["waits_for_customer"]):
            yield way, target["number"] - 1


def _criteria(criteria: Criteria) -> Iterator[Problem]:
    codes = Counter(one["code"] for one in criteria["automatic"])
    for place, one in enumerate(criteria["automatic"]):
        here = f"criteria.automatic.{place}"
        if not one["code"]:
            detail = f"“{one['text']}” has no code: give it one, by which the desk notices that it is met."
            yield Problem(f"{here}.code", "no_code", detail)
        elif codes[one["code"]] > 1:
            yield Problem(f"{here}.code", "duplicate_code", f"Two criteria have the code “{one['code']}”. Rename one.")
        if not one["text"]:
            yield Problem(f"{here}.text", "no_text", f"“{one['code']}” has no words: say when it escalates.")
    if not criteria["manual"]:
        yield Problem("criteria.manual", "required", "Say when a person escalates, in one line at least.")


def _documentation(
    documentation: Sequence[str], template: str, templates: Mapping[str, Collection[str]]
) -> Iterator[Problem]:
    if not documentation:
        yield Problem("documentation", "required", "Name what must be written down before it is resolved.")
    for place, name in enumerate(documentation):
        if name in documentation[:place]:
            yield Problem(f"documentation.{place}", "duplicate_field", f"“{name}” stands there twice. Take one out.")
    if not template:
        return
    if template not in templates:
        usable = ", ".join(sorted(name for name in templates if set(documentation) <= set(templates[name])))
        way_out = f"These take all your fields: {usable}." if usable else "Leave it empty: the usual message is sent."
        yield Problem("template", "unknown_template", f"There is no message “{template}”. {way_out}")
        return
    for place, name in enumerate(documentation):
        if name not in templates[template]:
            detail = f"The message “{template}” has no place for “{name}”. Choose another message, or none."
            yield Problem(f"documentation.{place}", "not_in_template", detail)
