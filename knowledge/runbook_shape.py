"""The JSON of a runbook as it is kept: known names, texts of a bearable length, steps numbered by their places."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from financy_support.desk.errors import Invalid, Problem
from knowledge.runbook_steps import AutomaticCriterion, Criteria, Step

LONGEST = {
    "title": 200, "comment": 500, "template": 50, "key": 60, "action": 200, "command": 300, "expected_outcome": 300,
    "success": 60, "failure": 60, "code": 60, "text": 300, "field": 60,
}  # fmt: skip
MOST = {"steps": 40, "commands": 20, "criteria": 20, "documentation": 20}
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NAMES = {"key", "success", "failure", "code", "field", "template"}
OF_STEP = ("action", "expected_outcome", "success", "failure")


class _Check:
    """Collects what is refused, so that all of it is said at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def text(self, field: str, kind: str, said: object) -> str:
        """The words on one line, without space around; a name is snake_case, or nothing yet."""
        if not isinstance(said, str):
            self._refuse(field, "Write words here.")
            return ""
        words = CONTROL.sub(" ", said).strip()
        if len(words) > LONGEST[kind]:
            self._refuse(field, f"{LONGEST[kind]} characters are the most; these are {len(words):,}.")
        elif kind in NAMES and words and not SNAKE.fullmatch(words):
            self._refuse(field, f"“{words}” is no name: use small letters, digits and single underscores.")
        return words

    def rows(self, field: str, kind: str, said: object) -> list[Any]:
        """The rows of a list."""
        if not isinstance(said, Sequence) or isinstance(said, str):
            self._refuse(field, "Give a list.")
            return []
        if len(said) > MOST[kind]:
            self._refuse(field, f"{MOST[kind]} are the most; these are {len(said)}.")
        return list(said)

    def names(self, field: str, said: object, known: Sequence[str]) -> Mapping[str, Any]:
        """An object that has no other names than the known ones."""
        if not isinstance(said, Mapping):
            self._refuse(field, "Give an object.")
            return {}
        for name in said:
            if name not in known:
                self._refuse(f"{field}.{name}", f"Unknown name. Known: {', '.join(known)}.")
        return said

    def number(self, field: str, said: object, place: int) -> None:
        """A number that is said must be the place; who wants another moves the step."""
        if said is not None and said != place:
            self._refuse(field, f"Steps are numbered by their order: this one is {place}.")

    def flag(self, field: str, said: object) -> bool:
        if not isinstance(said, bool):
            self._refuse(field, "Say true or false.")
        return said is True

    def end(self) -> None:
        """Raise Invalid with all that was refused."""
        if self.problems:
            raise Invalid(f"{self.problems[0].field}: {self.problems[0].detail}", problems=self.problems)

    def _refuse(self, field: str, why: str) -> None:
        self.problems.append(Problem(field, "invalid", why))


def checked_steps(said: object) -> list[Step]:
    """The steps in their order. Raises Invalid naming each field."""
    check, steps = _Check(), list[Step]()
    for place, row in enumerate(check.rows("steps", "steps", said)):
        here = f"steps.{place}"
        one = check.names(here, row, list(Step.__annotations__))
        check.number(f"{here}.number", one.get("number"), place + 1)
        action, outcome, success, failure = (check.text(f"{here}.{name}", name, one.get(name, "")) for name in OF_STEP)
        commands = check.rows(f"{here}.commands", "commands", one.get("commands", []))
        steps.append(
            Step(
                key=check.text(f"{here}.key", "key", one.get("key", "")),
                number=place + 1,
                action=action,
                commands=[check.text(f"{here}.commands.{n}", "command", each) for n, each in enumerate(commands)],
                expected_outcome=outcome,
                waits_for_customer=check.flag(f"{here}.waits_for_customer", one.get("waits_for_customer", False)),
                success=success,
                failure=failure,
            )
        )
    check.end()
    return [{**step, "commands": [each for each in step["commands"] if each]} for step in steps]


def checked_criteria(said: object) -> Criteria:
    """When it escalates by itself, and when a person decides. Raises Invalid naming each field."""
    check = _Check()
    both = check.names("criteria", said, list(Criteria.__annotations__))
    automatic = list[AutomaticCriterion]()
    for place, row in enumerate(check.rows("criteria.automatic", "criteria", both.get("automatic", []))):
        here = f"criteria.automatic.{place}"
        one = check.names(here, row, list(AutomaticCriterion.__annotations__))
        code, text = (check.text(f"{here}.{name}", name, one.get(name, "")) for name in ("code", "text"))
        automatic.append(AutomaticCriterion(code=code, text=text))
    manual = check.rows("criteria.manual", "criteria", both.get("manual", []))
    texts = [check.text(f"criteria.manual.{place}", "text", each) for place, each in enumerate(manual)]
    check.end()
    return Criteria(automatic=automatic, manual=[text for text in texts if text])


def checked_documentation(said: object) -> list[str]:
    """Which fields are to be written down. Raises Invalid naming each."""
    check = _Check()
    rows = check.rows("documentation", "documentation", said)
    names = [check.text(f"documentation.{place}", "field", each) for place, each in enumerate(rows)]
    check.end()
    return [name for name in names if name]


def checked_line(name: str, said: object) -> str:
    """The title, the comment or the name of a template. Raises Invalid naming it."""
    check = _Check()
    words = check.text(name, name, said)
    check.end()
    return words
