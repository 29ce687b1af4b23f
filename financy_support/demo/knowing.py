"""The demo's help centre at work: articles checked and overdue, drafts on their way, a train that waits, searches."""

from __future__ import annotations

from datetime import datetime, timedelta

from financy_support.demo.people import Cast
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, User, system_actor
from financy_support.desk.time.sweeper import sweep
from knowledge.models import Article, Category, CheckKind, Expert, Revision, SearchQuery, Translation
from knowledge.tallies import add_up
from knowledge.workflow.answer_feedback import answer_feedback, link_feedback
from knowledge.workflow.approve_revision import approve_revision
from knowledge.workflow.assignments import assign_gap
from knowledge.workflow.begin_revision import begin_revision
from knowledge.workflow.check_article import check_article
from knowledge.workflow.edit_draft import edit_draft
from knowledge.workflow.give_feedback import give_feedback
from knowledge.workflow.keep_for_search import keep_synonyms, pin_result
from knowledge.workflow.record_check import record_check
from knowledge.workflow.review_revision import GUIDELINES, review_revision
from knowledge.workflow.submit_revision import submit_revision
from knowledge.workflow.vote import vote_on_article
from knowledge.workflow.write_article import write_article

CHANNEL = "load_demo"
SYNC = ("data-sync-problems", "pt")
# Language, words, the article that was read (empty: none), how often, how many of them wrote to us.
SEARCHES = (
    ("pt", "transações não aparecem", "data-sync-problems", 31, 4),
    ("pt", "esqueci minha senha", "login-and-authentication-issues", 22, 3),
    ("en", "export to excel", "export-and-reporting", 14, 1),
    ("es", "no llega el código", "login-and-authentication-issues", 17, 6),
    ("en", "split a bill", "", 9, 3),
    ("pt", "empréstimo", "", 12, 5),
    ("es", "cerrar mi cuenta", "", 7, 4),
)


def show_knowledge(cast: Cast, *, at: datetime) -> None:
    """Experts, checks of the last weeks, one draft in review, one aboard the train, and a month of searches."""
    editor, reviewer, approver = (cast.members[name] for name in ("editor", "reviewer", "approver"))
    with acting(by=cast.members["admin"], channel=CHANNEL, reason="the demo's experts"):
        for category in Category.objects.all():
            Expert.objects.get_or_create(category=category, person=approver, language="")
    for number, article in enumerate(Article.objects.order_by("pk")):
        with acting(by=editor, channel=CHANNEL, reason="looked over"):
            check_article(article, by=editor, at=at - timedelta(days=number % 9, hours=number))
    waiting = _change("receipt-ocr-and-scanning", "en", "Receipts from the camera, and PDF files", editor, at)
    _hand_in(waiting, editor, at)
    aboard = _change("voice-transaction-processing", "pt", "Registrar gastos por voz", editor, at)
    _hand_in(aboard, editor, at)
    with acting(by=reviewer, channel=CHANNEL, reason="reviewed") as act:
        review_revision(aboard, guidelines=GUIDELINES, by=reviewer, at=at)
        for kind, tried in (
            (CheckKind.TECHNICAL_REVIEW, "Each step done on Android and iPhone."),
            (CheckKind.CUSTOMER_TEST, "Four customers said an expense aloud; all four were saved."),
        ):
            record_check(aboard, kind=kind, passed=True, notes=tried, by=act.by, at=at)
    with acting(by=approver, channel=CHANNEL, reason="approved"):
        approve_revision(aboard, by=approver, at=at)
    with acting(by=editor, channel=CHANNEL, reason="begun"):
        shelf = Category.objects.get(slug="features")
        write_article(category=shelf, title="Split a bill with friends", by=editor, at=at)
    _search(at)
    _hear_readers(cast, aboard, at)
    _keep_for_search(cast, at)
    sweep(at)  # who owes a look that is late already is told


def _change(code: str, language: str, title: str, editor: User, at: datetime) -> Revision:
    with acting(by=editor, channel=CHANNEL, reason="a better title"):
        draft = begin_revision(Article.objects.get(code=code), language=language, by=editor, at=at)
        return edit_draft(draft, title=title, comment="A plainer title", by=editor, at=at)


def _hand_in(draft: Revision, editor: User, at: datetime) -> None:
    with acting(by=editor, channel=CHANNEL, reason="handed in"):
        submit_revision(draft, by=editor, at=at)


def _search(at: datetime) -> None:
    """Spread over the last month; nobody's, as after a day."""
    shown = {(one.article.code, one.language): one for one in Translation.objects.select_related("article")}
    with acting(by=system_actor(SystemActor.PUBLIC), channel=CHANNEL, reason="the demo's searches"):
        SearchQuery.objects.bulk_create(
            SearchQuery(
                language=language,
                words=words,
                found=5 if code else 0,
                asked_at=(when := at - timedelta(days=number % 28, minutes=17 * number)),
                read=shown.get((code, language)),
                read_at=when + timedelta(seconds=9) if code else None,
                led_to_ticket=number < wrote,
            )
            for language, words, code, asked, wrote in SEARCHES
            for number in range(asked)
        )


def _keep_for_search(cast: Cast, at: datetime) -> None:
    """A gap that somebody fills, words that mean the same, a pinned article; what readers did is added up."""
    editor, reviewer = cast.members["editor"], cast.members["reviewer"]
    with acting(by=editor, channel=CHANNEL, reason="what readers ask"):
        assign_gap(words="empréstimo", language="pt", to=reviewer, by=editor, at=at)
        keep_synonyms(language="en", words="split a bill|divide the bill|share the cost", by=editor)
        shared = Article.objects.get(code="shared-financial-contexts")
        because = "Who splits bills shares a context."
        pin_result(shared, language="en", words="split a bill", because=because, by=editor)
        add_up(at)


def _hear_readers(cast: Cast, aboard: Revision, at: datetime) -> None:
    """Votes on the first article, comments and suggestions: one waits, one is late, one led to the change aboard."""
    shown = {(one.article.code, one.language): one for one in Translation.objects.select_related("article", "current")}
    sync, login = shown[SYNC], shown["login-and-authentication-issues", "es"]
    voice = shown["voice-transaction-processing", "pt"]
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel=CHANNEL, reason="the demo's readers"):
        for number in range(40):
            helped = number % 5 != 0
            vote_on_article(
                sync,
                reader=f"demo-{number}",
                is_helpful=helped,
                stars=5 - number % 3 if helped else 2,
                by=public,
                at=at,
            )
        told = [
            give_feedback(article, kind=kind, words=words, name=name, email=email, by=public, at=at - ago)
            for article, kind, words, name, email, ago in (
                (sync, "comment", "Funcionou! Era só atualizar o aplicativo.", "Rui", "", timedelta(days=2)),
                (sync, "missing_step", "Falta dizer onde fica o botão Atualizar.", "", "", timedelta(hours=30)),
                (login, "outdated", "El código llega ahora por la aplicación.", "Lola", "", timedelta(hours=60)),
                (
                    voice,
                    "unclear",
                    "O título não diz do que se trata.",
                    "Ana",
                    "ana@example.com",
                    timedelta(minutes=50),
                ),
            )
        ]
    editor = cast.members["editor"]
    with acting(by=editor, channel=CHANNEL, reason="answered"):
        thanks = "Que bom que ajudou, Rui!"
        answer_feedback(told[0], outcome="shown", answer=thanks, by=editor, at=at - timedelta(days=1))
        link_feedback(told[3], revision=aboard, by=editor, at=at)
