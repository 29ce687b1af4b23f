"""What must be true of a revision before readers see it, whoever asks and by whatever door."""

from __future__ import annotations

from financy_support.desk.errors import Conflict, Problem
from knowledge.models import Check, CheckKind, Revision, Significance
from knowledge.showing import shown_before
from knowledge.workflow.submit_revision import what_is_wrong


def require_fit(revision: Revision) -> None:
    """Raise Conflict naming all that is missing (handbook 'quality_standards')."""
    problems = what_is_missing(revision)
    if problems:
        raise Conflict("This cannot be published yet: each thing that is missing is named.", problems=problems)


def what_is_missing(revision: Revision) -> list[Problem]:
    """Checklist, readability, review, technical review, test by sample customers; all of exactly these words.

    A typo's correction may rest on the checks of the revision that it replaces.
    """
    problems, score = what_is_wrong(revision)
    if score.passes is not True and not revision.readability_override:
        problems.append(Problem("readability_override", "hard_to_read", "It is hard to read, and nobody said why."))
    if not revision.is_reviewed:
        problems.append(Problem("reviewer", "unreviewed", "These very words have no review. Hand them in for one."))
    passed = set(_checks_of(revision))
    problems += [
        Problem("checks", f"no_{kind.value}", f"No {kind.label} of these words has passed. Record one.")
        for kind in CheckKind
        if kind.value not in passed
    ]
    return problems


def _checks_of(revision: Revision) -> list[str]:
    """Kinds whose last check passed, for these words."""
    holds = [(revision.pk, revision.digest)]
    before = shown_before(revision) if revision.significance == Significance.TYPO else None
    if before is not None:
        holds.append((before.pk, before.digest))
    last: dict[str, bool] = {}
    for pk, digest in reversed(holds):
        checks = Check.objects.filter(revision=pk, digest=digest).order_by("id")
        last |= dict(checks.values_list("kind", "passed"))
    return [kind for kind, passed in last.items() if passed]
