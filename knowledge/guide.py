"""The handbook's categories, articles, runbooks, keywords and systems as data; the words stand in guide_texts/."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from financy_support.desk.audit.guide_row import GuideRow, Ref
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import SystemActor
from knowledge.markdown import plain_text
from knowledge.models import Audience, RevisionState, Rhythm, Significance
from knowledge.runbook_shape import checked_steps

TEXTS = Path(__file__).parent / "guide_texts"
SHIPPED_AT = datetime(2026, 11, 26, tzinfo=UTC)

# Handbook 'Knowledge Base Management': categories, in their order, each with its articles. Troubleshooting is aimed at
# the support team there, and its titles are customers' questions: its articles are for all (design §8, 12).
CATEGORIES = [
    (
        "getting-started", ("Getting Started", "Primeiros passos", "Primeros pasos"),
        Audience.NEW_USERS, Rhythm.MONTHLY, "",
        (
            "account-setup-and-verification", "first-transaction-entry", "mobile-app-installation",
            "understanding-financial-contexts", "basic-navigation-guide",
        ),
    ),
    (
        "features", ("Features and Functionality", "Recursos e funções", "Funciones"),
        Audience.ALL_USERS, Rhythm.BI_WEEKLY, "",
        (
            "voice-transaction-processing", "ai-powered-categorization", "multi-currency-support",
            "receipt-ocr-and-scanning", "shared-financial-contexts", "export-and-reporting", "api-integration-guide",
        ),
    ),
    (
        "troubleshooting", ("Troubleshooting", "Solução de problemas", "Solución de problemas"),
        Audience.SUPPORT_TEAM, Rhythm.WEEKLY, Audience.ALL_USERS,
        (
            "login-and-authentication-issues", "transaction-processing-errors", "mobile-app-performance",
            "data-sync-problems", "integration-troubleshooting", "browser-compatibility",
        ),
    ),
    (
        "technical", ("Technical Documentation", "Documentação técnica", "Documentación técnica"),
        Audience.DEVELOPERS, Rhythm.WITH_EACH_RELEASE, "",
        (
            "api-reference-and-examples", "webhook-configuration", "security-best-practices", "data-export-formats",
            "third-party-integrations",
        ),
    ),
]  # fmt: skip

# Handbook 'seo_keywords', each with the article that its search must find first.
SEO_KEYWORDS = {
    "financy help": "basic-navigation-guide",
    "transaction processing": "transaction-processing-errors",
    "voice transactions": "voice-transaction-processing",
    "financial tracking": "first-transaction-entry",
    "ai categorization": "ai-powered-categorization",
    "multi currency": "multi-currency-support",
    "receipt scanning": "receipt-ocr-and-scanning",
    "financial contexts": "understanding-financial-contexts",
    "export data": "export-and-reporting",
}

# Handbook 'knowledge_management'.
SYSTEMS = {
    "knowledge_base": ("zendesk", "https://www.zendesk.com/service/help-center/"),
    "runbook_system": ("gitbook", "https://www.gitbook.com/"),
    "internal_wiki": ("notion", "https://www.notion.com/"),
    "video_library": ("loom", "https://www.loom.com/"),
    "training_platform": ("teachable", "https://teachable.com/"),
}

# Handbook 'Customer Issue Resolution': SUPPORT_PROCEDURES by issue type, each approved by the experts of a shelf. Their
# edges to undefined steps are settled by design §8, 10; that design leaves open what follows when the customer does not
# say which transaction they mean, and has been asked three times: it goes to tier 2, which can query the database.
RUNBOOKS = {"authentication_problems": "troubleshooting", "transaction_processing_errors": "troubleshooting"}


DAYS = {"quarterly": 91, "monthly": 30, "48_hours": 2, "immediate_for_critical_bi_weekly_for_regular": 14}
# Handbook 'content_management' and 'user_feedback': part, rule, its words there, and what keeps it here.
PRACTICES = (
    ("creation_process", "author_guidelines", "clear_concise_actionable",
     "Shown in the editor; whoever reviews ticks each of the three."),
    ("creation_process", "review_process", "peer_review_plus_expert_approval",
     "A peer signs, then an expert of the shelf; PostgreSQL refuses to publish without both."),
    ("creation_process", "approval_workflow", "author_reviewer_approver",
     "Three people, administrators included: a constraint of the database."),
    ("creation_process", "publication_schedule", "immediate_for_critical_bi_weekly_for_regular",
     "Critical articles go at once, with a reason; the others take the train, which leaves every so often."),
    ("maintenance_process", "regular_reviews", "quarterly", "Each published article is owed a review by its owner."),
    ("maintenance_process", "accuracy_verification", "with_each_product_update",
     "Recording a release owes each article of the technical shelf a check."),
    ("maintenance_process", "user_feedback_integration", "monthly",
     "A round lists what readers said and nobody has worked in; it ends when nothing is left."),
    ("maintenance_process", "obsolete_content_removal", "quarterly",
     "What nobody found true for so long and a month more leaves the help centre."),
    ("quality_standards", "readability_score", "grade_8_level",
     "Each language's own formula at hand-in; harder text needs a reason."),
    ("quality_standards", "completeness_checklist", "problem_solution_verification",
     "Problem, cause, solution and verification are asked for at hand-in."),
    ("quality_standards", "accuracy_verification", "technical_review_required",
     "A recorded technical review of these very words, without which nothing is published."),
    ("quality_standards", "user_testing", "sample_customers_test_procedures",
     "A recorded test by customers of these very words, without which nothing is published."),
    ("feedback_collection", "article_rating", "five_star_system", "One to five stars, one vote a reader and revision."),
    ("feedback_collection", "helpfulness_voting", "helpful_not_helpful", "Yes or no below each article."),
    ("feedback_collection", "comment_system", "moderated_comments", "Comments are shown once somebody has read them."),
    ("feedback_collection", "improvement_suggestions", "structured_feedback_form",
     "Wrong, outdated, unclear, a missing step, a poor translation."),
    ("feedback_processing", "response_time", "48_hours", "A deadline on each; its keeper is told when late."),
    ("feedback_processing", "action_tracking", "feedback_to_improvement_pipeline",
     "Each is linked to the revision that came of it, and lands with it."),
    ("feedback_processing", "acknowledgment_system", "thank_you_notifications",
     "Thanks on receipt, our answer, and thanks when readers see the change."),
    ("feedback_processing", "impact_measurement", "before_after_metrics",
     "Votes, stars and searches before and after each revision, with samples and intervals."),
)  # fmt: skip


def guide_rows() -> Iterator[GuideRow]:
    """Categories, each article with its tags and three texts, runbooks, keywords, synonyms, practices, systems."""
    for position, (slug, names, audience, rhythm, read_by, articles) in enumerate(CATEGORIES, 1):
        name, name_pt, name_es = names
        values = {"name": name, "name_pt": name_pt, "name_es": name_es, "audience": audience, "rhythm": rhythm}
        yield GuideRow("knowledge.Category", {"slug": slug}, {**values, "position": position})
        for place, code in enumerate(articles, 1):
            yield from _article(code, slug, rhythm, read_by, place)
    for issue_type, category in RUNBOOKS.items():
        yield from _runbook(issue_type, category)
    for phrase, code in SEO_KEYWORDS.items():
        yield GuideRow("knowledge.SeoKeyword", {"phrase": phrase}, {"article": Ref("knowledge.Article", code=code)})
    with (TEXTS / "synonyms.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            yield GuideRow("knowledge.Synonym", {"language": line["language"], "words": line["words"]})
    for part, rule, says, kept_by in PRACTICES:
        span = timedelta(days=DAYS[says]) if says in DAYS else None
        yield GuideRow(
            "knowledge.Practice", {"part": part, "rule": rule}, {"says": says, "span": span, "kept_by": kept_by}
        )
    for purpose, (name, address) in SYSTEMS.items():
        yield GuideRow("knowledge.KnowledgeSystem", {"purpose": purpose}, {"name": name, "address": address})


def _article(code: str, category: str, rhythm: Rhythm, read_by: str, place: int) -> Iterator[GuideRow]:
    texts = {language: read_text(TEXTS / "articles" / code / f"{language}.md") for language in Language.values}
    yield GuideRow(
        "knowledge.Article",
        {"code": code},
        {"category": Ref("knowledge.Category", slug=category), "audience": read_by, "position": place},
    )
    article = Ref("knowledge.Article", code=code)
    for tag in _listed(texts[Language.ENGLISH]["tags"]):
        yield GuideRow("knowledge.Tag", {"slug": tag})
        yield GuideRow("knowledge.ArticleTag", {"article": article, "tag": Ref("knowledge.Tag", slug=tag)})
    for language, text in texts.items():
        yield from _translation(code, language, text)


def _translation(code: str, language: str, text: dict[str, str]) -> Iterator[GuideRow]:
    """The translation, its first revision, and that this is the one that readers see."""
    key = {"article": Ref("knowledge.Article", code=code), "language": language}
    yield GuideRow("knowledge.Translation", key, {"slug": slugify(text["title"])})
    words = {name: text[name] for name in ("title", "summary", "keywords", "body")}
    digest = digest_of(**words)
    of_source = {"translation__article__code": code, "translation__language": Language.ENGLISH, "number": 1}
    translation = Ref("knowledge.Translation", article__code=code, language=language)
    yield GuideRow(
        "knowledge.Revision",
        {"translation": translation, "number": 1},
        {
            **words,
            "state": RevisionState.PUBLISHED,
            "significance": Significance.MAJOR,
            "comment": "Shipped with the desk",
            "based_on": None if language == Language.ENGLISH else Ref("knowledge.Revision", **of_source),
            "author_id": SystemActor.GUIDE.value,
            "created_at": SHIPPED_AT,
            "published_at": SHIPPED_AT,
            "reviewed_digest": digest,
            "approved_digest": digest,
        },
    )
    shown = {"title": text["title"], "summary": text["summary"], "keywords": text["keywords"]}
    revision = Ref("knowledge.Revision", translation__article__code=code, translation__language=language, number=1)
    yield GuideRow("knowledge.Translation", key, {**shown, "plain": plain_text(text["body"]), "current": revision})


def read_text(file: Path) -> dict[str, str]:
    """Title, summary, keywords, tags and body of a text with its facts between two lines of three dashes."""
    _, facts, body = file.read_text(encoding="utf-8").split("---\n", 2)
    said: dict[str, str] = {}
    for line in facts.strip().splitlines():
        name, _, value = line.partition(":")
        said[name.strip()] = value.strip()
    return {**said, "body": body.strip() + "\n"}


def digest_of(*, title: str, summary: str, keywords: str, body: str) -> str:
    """As PostgreSQL's ``knowledge_digest`` makes it (migration 0001_initial)."""
    return sha256("\x1f".join((title, summary, keywords, body)).encode()).hexdigest()


def _runbook(issue_type: str, category: str) -> Iterator[GuideRow]:
    code = issue_type.replace("_", "-")
    shelf = Ref("knowledge.Category", slug=category)
    yield GuideRow("knowledge.Runbook", {"code": code}, {"issue_type": issue_type, "category": shelf})
    said = json.loads((TEXTS / "runbooks" / f"{issue_type}.json").read_text(encoding="utf-8"))
    said["steps"] = checked_steps(said["steps"])
    digest = digest_of_runbook(**said)
    yield GuideRow(
        "knowledge.RunbookRevision",
        {"runbook": Ref("knowledge.Runbook", code=code), "number": 1},
        {
            **said,
            "state": RevisionState.PUBLISHED,
            "comment": "Shipped with the desk",
            "author_id": SystemActor.GUIDE.value,
            "created_at": SHIPPED_AT,
            "published_at": SHIPPED_AT,
            "reviewed_digest": digest,
            "approved_digest": digest,
        },
    )


def digest_of_runbook(*, title: str, steps: Any, criteria: Any, documentation: Any, template: str) -> str:
    """As PostgreSQL's ``knowledge_runbook_digest`` makes it (migration 0012_runbooks)."""
    parts = (title, _as_jsonb(steps), _as_jsonb(criteria), _as_jsonb(documentation), template)
    return sha256("\x1f".join(parts).encode()).hexdigest()


def _as_jsonb(value: Any) -> str:
    """The text that PostgreSQL gives of a jsonb: shorter names first, then by their bytes."""
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(", ", ": "))


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
        return {name: _ordered(value[name]) for name in names}
    return [_ordered(each) for each in value] if isinstance(value, list) else value


def _listed(words: str) -> list[Any]:
    return [word.strip() for word in words.split(",") if word.strip()]
