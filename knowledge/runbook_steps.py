"""What a runbook holds and what its edges mean: a step by its key or number, or an end; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypedDict

from django.db import models
from django.utils.translation import gettext_lazy as _


class Step(TypedDict):
    """Handbook 'Customer Issue Resolution': TroubleshootingStep. ``number`` counts the places in the list from 1.

    A step that waits for the customer holds the ticket; it succeeded when they answered.
    """

    key: str
    number: int
    action: str
    commands: list[str]
    expected_outcome: str
    waits_for_customer: bool
    success: str
    failure: str


class AutomaticCriterion(TypedDict):
    """``code`` stays when the words change: what notices that it is met is bound to it."""

    code: str
    text: str


class Criteria(TypedDict):
    """Handbook: EscalationCriteria."""

    automatic: list[AutomaticCriterion]
    manual: list[str]


class End(models.TextChoices):
    """Where a walk through a runbook ends, in the handbook's words."""

    RESOLVE = "resolve", _("resolve the ticket")
    TIER_2 = "escalate_to_tier_2", _("escalate to tier 2")
    TIER_3 = "escalate_to_tier_3", _("escalate to tier 3")
    ENGINEERING = "escalate_to_engineering", _("escalate to engineering")


BY_NUMBER = re.compile(r"proceed_to_step_([1-9]\d?)")  # the handbook's way to name a step by its place
MOST_WAITS = 3  # design §8, 10: a cycle goes through a wait for the customer, three times at most


def target_of(edge: str, steps: Sequence[Step]) -> Step | End | None:
    """Where an edge leads; None when it leads nowhere."""
    if edge in End.values:
        return End(edge)
    if match := BY_NUMBER.fullmatch(edge):
        number = int(match[1])
        return steps[number - 1] if number <= len(steps) else None
    return next((step for step in steps if step["key"] == edge), None)


def leads_to(step: Step, steps: Sequence[Step], *, succeeded: bool, waits: int) -> Step | End | None:
    """Where a walk goes on after ``step``, having waited for the customer ``waits`` times before it.

    Whoever has waited three times waits no fourth time: the step counts as failed, whatever is said of it.
    """
    may_succeed = not step["waits_for_customer"] or waits < MOST_WAITS
    return target_of(step["success"] if succeeded and may_succeed else step["failure"], steps)


def edges_of(step: Step) -> Mapping[str, str]:
    """Both ways out of a step, by their names."""
    return {"success": step["success"], "failure": step["failure"]}
