"""submit_revision: the author hands a complete, readable draft to their peers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from financy_support.desk.errors import Invalid, NotAllowed, Problem
from financy_support.desk.people.user import User
from knowledge.completeness import missing_parts
from knowledge.models import Article, ArticleFile, Revision, RevisionState
from knowledge.readability.score import Readability, score_text
from knowledge.revision_gates import take_revision


def submit_revision(revision: Revision, *, readability_override: str = "", by: User, at: datetime) -> Revision:
    """From draft to review. ``readability_override`` is the reason why a text may be harder than grade 8.

    Raises NotAllowed for others than the author, Conflict, Invalid naming every missing part and the hardest sentences.
    Source: handbook 'quality_standards': grade_8_level, problem_solution_verification.
    """
    taken = take_revision(revision, RevisionState.DRAFT, by=by)
    if taken.author_id != by.pk:
        raise NotAllowed(f"{taken.author} hands in their own draft.")
    problems, score = what_is_wrong(taken)
    if score.passes is not True and not readability_override.strip():
        problems.append(_too_hard(score))
    if problems:
        raise Invalid(f"{len(problems)} things are missing before a review: each is named.", problems=problems)
    taken.state, taken.readability = RevisionState.IN_REVIEW, kept(score)
    taken.readability_override = readability_override.strip() if score.passes is not True else ""
    taken.returned_because = ""
    taken.save(update_fields=["state", "readability", "readability_override", "returned_because"])
    return taken


def what_is_wrong(revision: Revision) -> tuple[list[Problem], Readability]:
    """What the checklist misses, and how the text reads."""
    language = revision.translation.language
    files = ArticleFile.objects.filter(article__translations=revision.translation_id)
    problems = missing_parts(
        title=revision.title,
        summary=revision.summary,
        keywords=revision.keywords,
        body=revision.body,
        language=language,
        known_codes=set(Article.objects.filter(retired_at__isnull=True).values_list("code", flat=True)),
        known_files={name: width is not None for name, width in files.values_list("name", "width")},
    )
    return problems, score_text(revision.body, language)


def kept(score: Readability) -> dict[str, Any]:
    """A score as it is kept beside the words: formula, version and raw counts, so that it can be checked."""
    return asdict(score)


def _too_hard(score: Readability) -> Problem:
    if score.too_short:
        said = f"{score.counts.words} words are too few to tell how they read. Write more, or say why that is enough."
    else:
        hardest = " · ".join(f"“{one.text[:80]}”" for one in score.worst[:3])
        said = (
            f"{score.formula}: {score.value:.1f}, and {score.pass_line:g} is the line. Shorten these: {hardest}; "
            "or say why the text must be harder."
        )
    return Problem("readability_override", "hard_to_read", said)
