"""The queue and the ticket page in a real browser: keyboard, drafts, live preview, narrow screens, darkness."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from financy_support.desk.audit.acting import acting
from tests.browser import Desk, needs_browser
from tests.make import make_ticket
from tickets.models import Reply

PASSWORD = "correct horse battery"

pytestmark = needs_browser


@pytest.fixture
def ticket_of(desk: Desk) -> Callable[..., str]:
    """Opens a ticket and returns the address of its page."""

    def open_one(**fields: str) -> str:
        return f"/admin/tickets/ticket/{make_ticket(desk.cast.ana, at=timezone.now(), **fields).pk}/change/"

    return open_one


def test_from_the_log_in_to_a_ticket_by_keyboard_alone(desk, ticket_of):
    ticket_of(subject="Meu cartão")
    with acting(by=desk.cast.tom, channel="test"):
        desk.cast.tom.set_password(PASSWORD)
        desk.cast.tom.save()
    page = desk.stranger()
    page.goto("/admin/tickets/ticket/")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type("tom@financy.example")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Live", exact=True)).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Everything").focus()
    for _ in range(8):
        page.keyboard.press("Tab")
        if "Meu cartão" in page.evaluate("document.activeElement.textContent"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="FIN-000001 Meu cartão", exact=True)).to_be_visible()
    page.get_by_role("button", name="Escalate", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Trigger that was met")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Trigger that was met")).to_be_hidden()
    page.get_by_role("tab", name="Reply to the customer").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Progress update")).to_be_focused()
    expect(page.get_by_label("Where it stands")).to_be_visible()
    assert desk.complaints == []


def test_the_preview_follows_the_typing_and_the_reply_goes_out(desk, ticket_of):
    page = desk.sit_down(desk.cast.tom)
    page.goto(ticket_of())
    words = page.get_by_label("Your words")
    words.fill("Tente de novo")
    page.get_by_role("tabpanel").get_by_role("button", name="Preview").click()
    letter = page.get_by_role("region", name="What the customer gets")
    expect(letter).to_contain_text("Tente de novo")
    expect(letter).to_contain_text("Ana <ana@example.com>")
    words.fill("Tente de novo amanhã")
    expect(letter).to_contain_text("Tente de novo amanhã")
    assert not Reply.objects.filter(is_opening=False).exists()
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("Your reply is on its way to Ana.")).to_be_visible()
    assert Reply.objects.get(is_opening=False).body == "Tente de novo amanhã"
    expect(page.get_by_label("Your words")).to_have_value("")
    assert desk.complaints == []


def test_words_outlive_a_closed_page_and_a_lost_session(desk, ticket_of):
    page, address = desk.sit_down(desk.cast.tom), ticket_of()
    page.goto(address)
    page.get_by_label("Your words").fill("Half a thought")
    page.goto("/admin/")
    page.goto(address)
    expect(page.get_by_label("Your words")).to_have_value("Half a thought")
    page.context.clear_cookies()
    page.get_by_role("button", name="Send reply").click()
    client = Client()
    client.force_login(desk.cast.tom, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": desk.address}])
    page.goto(address)
    expect(page.get_by_label("Your words")).to_have_value("Half a thought")


def test_a_refused_dialog_comes_back_open_with_its_words_and_the_reason_beside_the_field(desk, ticket_of):
    page = desk.sit_down(desk.cast.tom)
    page.goto(ticket_of())
    page.get_by_role("button", name="Resolve", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What it was").fill("A wrong setting")
    dialog.get_by_role("button", name="Resolve").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("What it was")).to_have_value("A wrong setting")
    expect(dialog).to_contain_text("“actions_taken” is empty")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_the_screen_and_complain_of_nothing(desk, ticket_of, width, scheme):
    address = ticket_of(subject="A subject that is rather long " * 5, description="word" * 400)
    page = desk.sit_down(desk.cast.ada, width=width, scheme=scheme)
    for path in (
        "/admin/",
        "/admin/tickets/ticket/",
        address,
        f"{address}../history/",
        "/admin/desk/user/add/",
        "/admin/mailbox/",
    ):
        page.goto(path)
        expect(page.locator("#main")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        light = page.evaluate("getComputedStyle(document.querySelector('#main')).backgroundColor")
        assert (light == "rgb(255, 255, 255)") is (scheme == "light"), path
    assert desk.complaints == []


def test_nothing_but_colour_and_word_together_says_how_a_promise_stands(desk, ticket_of):
    ticket_of()
    page = desk.sit_down(desk.cast.tom)
    page.goto("/admin/tickets/ticket/")
    due = page.locator(".desk-due").first
    expect(due).to_contain_text("fine")
    assert page.evaluate("e => getComputedStyle(e).borderLeftColor", due.element_handle()) == "rgb(18, 183, 106)"
