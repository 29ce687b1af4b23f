"""Editors write, review and publish in the back office; each button is a verb, and each refusal is said on the page."""

from __future__ import annotations

import pytest
from django.urls import reverse

from financy_support.desk.audit.acting import acting
from knowledge.models import Article, Category, Expert, Revision, Train, Translation
from knowledge.workflow.begin_revision import begin_revision
from knowledge.workflow.review_revision import GUIDELINES
from knowledge.workflow.write_article import write_article
from tests.browser import needs_browser
from tests.knowledge.steps import WORDS, act

LIST = "/admin/knowledge/revision/"


@pytest.fixture
def at(cast, at_the_desk):
    """``at("eve")``: that person's browser; Tina is the expert of every category."""
    with acting(by=cast.ada, channel="test"):
        for category in Category.objects.all():
            Expert.objects.create(category=category, person=cast.tina)
    return lambda name: at_the_desk(getattr(cast, name))


def press(client, row, verb, **said):
    """The button's form with what its page holds: the digest of the words that it shows."""
    address = reverse(f"admin:knowledge_{row._meta.model_name}_do", args=[row.pk, verb])
    if isinstance(row, Revision):
        page = client.get(f"{LIST}{row.pk}/change/").content.decode()
        said = {"digest": row.digest if row.digest in page else "", **said}
    answer = client.post(address, said, follow=True)
    assert answer.status_code == 200
    row.refresh_from_db()
    return answer.content.decode()


def begin(client):
    shelf = Category.objects.get(slug="features")
    client.post("/admin/knowledge/article/begin/", {"title": WORDS["title"], "category": shelf.pk, "language": "en"})
    return Revision.objects.latest("id")


def test_from_the_title_to_the_help_centre_by_buttons_alone(at, client):
    eve, tom, tina, ada = at("eve"), at("tom"), at("tina"), at("ada")
    draft = begin(eve)
    assert "is missing or empty" in eve.get(f"{LIST}{draft.pk}/change/").content.decode()
    press(eve, draft, "edit", **WORDS)
    press(eve, draft, "submit")
    assert "Sign these words" in tom.get(f"{LIST}{draft.pk}/change/").content.decode()
    press(tom, draft, "review", guidelines=GUIDELINES)
    press(tom, draft, "check", kind="technical_review", passed="yes", notes="I did each step on a phone.")
    press(eve, draft, "check", kind="customer_test", passed="yes", notes="Five customers locked a card.")
    press(tina, draft, "approve")
    assert draft.state == "approved"
    train = Train.objects.get()
    assert "fit to leave" in ada.get(f"/admin/knowledge/train/{train.pk}/change/").content.decode()
    press(ada, train, "depart")
    assert client.get("/help/en/lock-a-lost-card/").status_code == 200
    carriage = train.carriages.get()
    press(tom, train, "return", carriage=carriage.pk, because="Too early.")
    assert client.get("/help/en/lock-a-lost-card/").status_code == 404


@pytest.mark.parametrize("verb", ["review", "approve", "submit"])
def test_a_button_goes_around_no_gate_and_the_page_says_why(at, verb):
    eve, ada = at("eve"), at("ada")
    draft = begin(eve)
    press(eve, draft, "edit", **WORDS)
    if verb != "submit":
        press(eve, draft, "submit")
    state = draft.state
    said = press(ada if verb == "submit" else eve, draft, verb, guidelines=GUIDELINES)
    assert draft.state == state
    assert {"review": "three people", "approve": "takes one that is", "submit": "hands in their own"}[verb] in said


def test_every_missing_thing_is_named_at_once(at):
    eve = at("eve")
    draft = begin(eve)
    said = press(eve, draft, "submit")
    for part in ("Problem", "Cause", "Solution", "Verification"):
        assert f"“{part}” is missing or empty" in said
    assert "Say in one sentence" in said and "Add words that readers type" in said


def test_a_translation_is_written_beside_its_source(at):
    eve = at("eve")
    article = Article.objects.get(code="data-sync-problems")
    said = press(eve, article, "begin", language="pt")
    draft = Revision.objects.latest("id")
    assert (
        draft.translation.language == "pt"
        and draft.based_on == Translation.objects.get(article=article, language="en").current
    )
    assert "Data Sync Problems" in said and "desk-side-by-side" in said


def test_a_revision_shows_what_it_would_change(at):
    eve, tom = at("eve"), at("tom")
    article = Article.objects.get(code="data-sync-problems")
    press(eve, article, "begin", language="en")
    draft = Revision.objects.latest("id")
    press(eve, draft, "edit", title="Quokka problems")
    shown = tom.get(f"{LIST}{draft.pk}/change/").content.decode()
    assert "<ins>+ # Quokka problems</ins>" in shown and "<del>- # Data Sync Problems</del>" in shown


def test_words_of_a_draft_do_nothing_in_the_back_office(at):
    eve, tom = at("eve"), at("tom")
    draft = begin(eve)
    press(eve, draft, "edit", body="<script>alert(1)</script> [x](javascript:alert(1))")
    for client in (eve, tom):
        shown = client.get(f"{LIST}{draft.pk}/change/").content.decode()
        assert "<script>alert" not in shown and 'href="javascript' not in shown


def test_whoever_is_not_staff_sees_no_page_of_knowledge(cast, at_the_desk, client):
    assert client.get(LIST).status_code == 302
    assert at_the_desk(cast.ana.user).get(LIST).status_code == 302


def test_a_missing_row_and_a_missing_verb_answer_404(at):
    eve = at("eve")
    draft = begin(eve)
    assert eve.post(f"{LIST}999999/do/submit/").status_code == 404
    assert eve.post(f"{LIST}{draft.pk}/do/delete/").status_code == 404
    assert eve.post(f"{LIST}x/do/submit/").status_code == 404


def test_articles_are_checked_retired_and_restored_from_their_page(at, client):
    tom = at("tom")
    article = Article.objects.get(code="data-sync-problems")
    press(tom, article, "check")
    assert article.checked_at is not None
    assert "what was owed" not in press(tom, article, "retire", because="")
    assert article.retired_at is None
    press(tom, article, "retire", because="No bank links any more.")
    assert client.get("/help/en/data-sync-problems/").status_code == 404
    press(tom, article, "restore")
    assert client.get("/help/en/data-sync-problems/").status_code == 200


@needs_browser
def test_an_editor_s_pages_complain_of_nothing(desk):
    page = desk.sit_down(desk.cast.eve)
    for address in ("/admin/knowledge/article/", LIST, "/admin/knowledge/train/", "/admin/knowledge/article/begin/"):
        page.goto(address)
    page.get_by_label("Title: what does the reader want to get done?").fill("A card")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/revision/*/change/")
    assert desk.complaints == []


@needs_browser
def test_a_reviewer_sees_numbered_steps_and_a_translator_the_source_beside_their_text(desk):
    draft = act(write_article, category=Category.objects.get(slug="features"), by=desk.cast.eve, **WORDS)
    page = desk.sit_down(desk.cast.tom)
    page.goto(f"{LIST}{draft.pk}/change/")
    assert page.locator(".desk-article ol").evaluate("list => getComputedStyle(list).listStyleType") == "decimal"
    article = Article.objects.get(code="data-sync-problems")
    translation = act(begin_revision, article, language="pt", by=desk.cast.eve)
    for width, is_beside in ((1280, True), (390, False)):
        page = desk.sit_down(desk.cast.eve, width=width)
        page.goto(f"{LIST}{translation.pk}/change/")
        source, text = (one.bounding_box() for one in page.locator(".desk-side-by-side > div").all())
        assert (source["y"] == text["y"]) == is_beside
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert desk.complaints == []
