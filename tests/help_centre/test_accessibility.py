"""Every page that customers read keeps WCAG 2.2 AA as far as axe can tell, in a real browser, in each language.

At 390 and, in English, at 1280 px, in the dark and on paper; and nothing on a narrow screen scrolls sideways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.models import Feedback, Translation
from tests.browser import Desk, needs_browser, served_to
from tests.conftest import database_of_its_own
from tests.make import do, make_ticket
from tests.portal.conftest import session_for
from tickets.files import Upload
from tickets.models import PortalLink, Ticket
from tickets.portal.signed_in import COOKIE
from tickets.portal.tokens import cookie_of, sign_in_address
from tickets.portal.words import PORTAL_WORDS
from tickets.workflow.hold import hold_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket

pytestmark = needs_browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LANGUAGES = ["en", "pt", "es"]
VIEWS: dict[str, tuple[int, dict[str, str]]] = {  # width, and what the browser says of its screen
    "wide": (1280, {"media": "screen", "color_scheme": "light"}),
    "dark": (390, {"media": "screen", "color_scheme": "dark"}),
    "on paper": (1280, {"media": "print", "color_scheme": "light"}),
    "narrow": (390, {"media": "screen", "color_scheme": "light"}),
}
IN_EACH = pytest.mark.parametrize("language", LANGUAGES)
QUESTIONS = {"en": "transactions missing", "pt": "transações não aparecem", "es": "transacciones que faltan"}
ANSWER = {"summary": "Shown twice.", "actions_taken": "Mended.", "prevention_measures": "A test."}


@pytest.fixture(autouse=True)
def patient_limits(settings, tmp_path, monkeypatch):
    """All tests of a process come from one address within one minute."""
    settings.MEDIA_ROOT = tmp_path
    for limit in ("sign_in_pages.ASKED_A_MINUTE", "sign_in_pages.OPENED_A_MINUTE", "doors.ACTS_A_MINUTE"):
        monkeypatch.setattr(f"tickets.portal.{limit}", 10_000)


@pytest.fixture(scope="module")
def desk(browser: Browser, django_db_setup: None, django_db_blocker: Any) -> Iterator[Desk]:
    """One for all tests of this file: they look, and what little they write stands in no other's way."""
    with database_of_its_own(django_db_blocker), served_to(browser) as desk:
        yield desk


@pytest.fixture
def look(desk: Desk, language: str) -> Callable[..., Page]:
    """``look(address)`` opens a page in every view; what axe finds, and what is too wide, fails the test.

    Colours and paper are the same in each language: what the words may break is seen on the narrow screen.
    """
    page = desk.stranger()
    views = VIEWS if language == "en" else {"narrow": VIEWS["narrow"]}

    def open_page(address: str = "", name: str = "") -> Page:
        if address:
            page.goto(address)
        page.evaluate(Axe().axe_script)
        found: dict[str, list[str]] = {}
        for view, (width, screen) in views.items():
            page.set_viewport_size({"width": width, "height": 844})
            page.emulate_media(**screen)  # type: ignore[arg-type]
            if broken := broken_on(page, width):
                found[f"{name or address}, {view}"] = broken
        assert found == {}
        return page

    return open_page


def broken_on(page: Page, width: int) -> list[str]:
    """What axe finds on the page as it is shown now, and whether it would scroll sideways."""
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    answer = page.evaluate("options => axe.run(options)", options)
    assert len(answer["passes"]) > 5, "axe looked at nothing"
    shown = page.evaluate("document.documentElement.scrollWidth")
    too_wide = [f"{shown} px wide"] if shown > width else []
    return too_wide + [
        f"{one['id']}: {node['html']} {node['failureSummary']}" for one in answer["violations"] for node in one["nodes"]
    ]


def sign_in(page: Page, desk: Desk) -> None:
    cookie = {"name": COOKIE, "value": cookie_of(session_for(desk.cast.ben)), "domain": "127.0.0.1", "path": "/help/"}
    page.context.add_cookies([cookie])


@IN_EACH
def test_articles_and_the_way_to_them(look, language):
    article = Translation.objects.public().get(language=language, article__code="data-sync-problems")
    tag = article.article.tagged.first().tag.slug
    for address in (
        f"/help/{language}/",
        f"/help/{language}/?tag={tag}",
        f"/help/{language}/?tag=no-such-tag",
        f"/help/{language}/{article.slug}/",
        f"/help/{language}/search/?q={QUESTIONS[language]}",
        f"/help/{language}/search/?q=quokka",
        f"/help/{language}/search/?q={'q' * 200}",
        f"/help/{language}/nothing-here/",
        f"/help/{language}/no/such/shape/",
    ):
        look(address)


@IN_EACH
def test_an_article_with_comments_and_what_follows_a_vote_and_a_word(look, language):
    shown = Translation.objects.public().filter(language=language).earliest("id")
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="help") as act:
        Feedback.objects.create(
            translation=shown, revision_id=shown.current_id, kind="comment", words="w" * 120, name="Nina",
            state="shown", answer="Thanks.", received_at=act.at,
        )  # fmt: skip
    where = f"/help/{language}/{shown.slug}/"
    page = look(where)
    page.locator("details summary").click()
    look(name="the form below an article")
    for number, name in ((0, "thanks"), (1, "sorry")):
        page.goto(where)
        page.locator(".votes button").nth(number).click()
        look(name=name)
    page.goto(where)
    with page.expect_navigation():
        page.evaluate("const form = document.querySelector('details form'); form.noValidate = true; form.submit()")
    look(name="a word, refused")


@IN_EACH
def test_answers_offered_while_somebody_types(look, language):
    page = look(f"/help/{language}/")
    page.locator("#q").press_sequentially(QUESTIONS[language][:12])
    page.locator("#offers li").first.wait_for()
    page.keyboard.press("ArrowDown")
    look(name="offers")


@IN_EACH
def test_writing_to_us_and_signing_in(look, language, desk):
    own = PORTAL_WORDS[language]
    page = look(f"/help/{language}/contact/")
    refused(page)
    look(name="contact, refused")
    page = look(f"/help/{language}/requests/")
    refused(page)
    look(name="sign-in, refused")
    page.locator("#email").fill("ben@example.com")
    page.get_by_role("button", name=own["send_link"]).click()
    look(name="asked")
    with acting(by=desk.cast.ada, channel="test") as act:
        link = PortalLink.objects.create(
            customer=desk.cast.ben, address="ben@example.com", asked_at=act.at, expires_at=act.at + timedelta(hours=1)
        )
    address = sign_in_address(link).partition("/help/en")[2]
    look(f"/help/{language}{address}")
    look(f"/help/{language}/requests/link/no-link/")


def refused(page: Page) -> None:
    """Send a form of the page as it is, past the browser's own checks."""
    with page.expect_navigation():
        page.evaluate("const form = document.querySelector('form.contact'); form.noValidate = true; form.submit()")


@IN_EACH
def test_the_own_requests(look, language, desk):
    open_one, waiting, answered, shared = asked(desk)
    page = look(f"/help/{language}/requests/{open_one.reference}/")  # the form to sign in
    sign_in(page, desk)
    for address in (
        "requests/",
        "requests/?show=closed",
        "requests/?show=all",
        *(f"requests/{ticket.reference}/" for ticket in (open_one, waiting, answered, shared)),
        f"requests/{answered.reference}/?done=reopen",
        "requests/FIN-999999/",
        "contact/",
    ):
        look(f"/help/{language}/{address}")
    page.goto(f"/help/{language}/requests/{answered.reference}/")
    with page.expect_navigation():
        page.evaluate("[...document.querySelectorAll('form.act')].at(-1).submit()")
    look(name="reopen, refused")


def asked(desk: Desk) -> tuple[Ticket, Ticket, Ticket, Ticket]:
    """One with words and files, one that waits for the customer, one that is answered, one of a colleague's."""
    cast, at = desk.cast, timezone.now() - timedelta(hours=2)
    long_word = "w" * 120
    first = make_ticket(cast.ben, at=at, subject=f"Card {long_word}", description=f"It says {long_word}")
    do(reply_to_ticket, first, body="Which country?", confirm=["language"], by=cast.tom, at=at)
    picture = Upload(f"{long_word}.png", "image/png", b"png")
    do(reply_to_ticket, first, body="Spain.", uploads=[picture], by=cast.ben.user, at=at)
    waiting, answered = make_ticket(cast.ben, at=at), make_ticket(cast.ben, at=at)
    do(hold_ticket, waiting, reason="customer", by=cast.tom, at=at)
    do(resolve_ticket, answered, by=cast.tom, at=at, **ANSWER)
    return first, waiting, answered, make_ticket(cast.bea, at=at)
