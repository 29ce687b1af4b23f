"""add_learning and remove_learning: what else teaches about an article, a video or a course elsewhere."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict, Invalid, Problem
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from knowledge.elsewhere import COURSE_DOMAIN, VIDEO_HOSTS, is_lesson
from knowledge.models import Article, LearningKind, LearningResource
from knowledge.revision_gates import require_writer

LONGEST_TITLE, LONGEST_ADDRESS = 200, 500
MOST = 20  # an article's


def add_learning(
    article: Article, *, kind: str, title: str, address: str, language: str = "", by: User, at: datetime
) -> LearningResource:
    """Readers of ``language`` (empty: all) find it below the article at once.

    Raises NotAllowed; Invalid naming every field that is wrong; Conflict for one that is there, or one too many.
    Source: handbook 'knowledge_management': video_library, training_platform.
    """
    require_writer(by)
    title, address = title.strip(), address.strip()
    problems = _what_is_wrong(kind, title, address, language)
    if problems:
        raise Invalid(problems[0].detail, problems=problems)
    held = Article.objects.select_for_update(no_key=True).get(pk=article.pk)
    there = LearningResource.objects.filter(article=held)
    if there.filter(address=address, language=language).exists():
        raise Conflict("This article has it already.", field="address", code="taken")
    if there.count() >= MOST:
        raise Conflict(f"{MOST} are the most. Take one away first.", code="too_many")
    return LearningResource.objects.create(article=held, kind=kind, title=title, address=address, language=language)


def remove_learning(resource: LearningResource, *, by: User, at: datetime) -> None:
    """Readers do not find it any more; the history keeps it. Raises NotAllowed."""
    require_writer(by)
    LearningResource.objects.filter(pk=resource.pk).delete()


def _what_is_wrong(kind: str, title: str, address: str, language: str) -> list[Problem]:
    problems = []
    if kind not in LearningKind.values:
        problems.append(Problem("kind", "invalid", "Choose video or course."))
    if not title or len(title) > LONGEST_TITLE:
        problems.append(Problem("title", "invalid", f"Give a title of at most {LONGEST_TITLE} characters."))
    if language and language not in Language.values:
        problems.append(Problem("language", "invalid", "Choose en, pt or es, or leave it empty for all."))
    if not is_lesson(address) or len(address) > LONGEST_ADDRESS or any(sign in address for sign in "\x00 \n\t"):
        hosts = ", ".join([*sorted(VIDEO_HOSTS), f"*{COURSE_DOMAIN}"])
        problems.append(Problem("address", "host", f"Give an https:// address at one of: {hosts}."))
    return problems
