"""The chat as people use it: a customer on a shop's page, an agent in the back office, both in a real browser."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from communications.models import Message
from financy_support.desk.audit.acting import acting
from tests.browser import needs_browser
from tests.make import sweep_at
from tickets.models import ChatDeadline, Reply, Ticket
from tickets.workflow.start_chat import start_chat

pytestmark = needs_browser
expect.set_options(timeout=20_000)


def log_in_of(desk, customer):
    desk.cast.monitor.scopes = frozenset({"chat"})
    with acting(by=desk.cast.monitor, channel="test") as act:
        return start_chat(email=customer.email, by=act.by, at=act.at).secret


@pytest.fixture
def shop(desk, site):
    """``shop(...)``: a customer's browser with the chat open in it; returns page and chat."""

    def visit(width=1280, scheme="light", is_trusted=True, **data):
        page = desk.stranger(width=width, scheme=scheme)
        page.goto(site(is_trusted=is_trusted, **data))
        page.get_by_role("button", name="chat").click()
        return page, page.frame_locator("iframe")

    return visit


@pytest.fixture
def agent(desk):
    """``agent()``: Tom's page of the only ticket."""

    def open_page(width=1280):
        page = desk.sit_down(desk.cast.tom, width=width)
        page.goto(f"/admin/tickets/ticket/{Ticket.objects.get().pk}/change/")
        return page

    return open_page


def say(chat, words):
    chat.get_by_label("message").fill(words)
    chat.get_by_role("button", name="Send").click()


def lines(chat):
    return chat.get_by_role("log").locator("article")


def answer(page, words):
    page.get_by_label("Your words").fill(words)
    page.get_by_role("button", name="Send reply").click()


def test_customer_and_agent_talk_both_ways_without_a_reload(desk, live, shop, agent):
    _page, chat = shop(token=log_in_of(desk, desk.cast.ben), language="en")
    say(chat, "Where is my card?")
    expect(lines(chat)).to_contain_text(["Where is my card?", "Thank you! This is FIN-000001."])
    tom = agent()
    expect(tom.locator("[data-live-status]")).to_have_text("Ben is in the chat.")
    expect(chat.get_by_role("status")).to_have_text("An agent is here")
    expect(chat.get_by_text("Seen")).to_be_visible()
    tom.get_by_label("Your words").press_sequentially("It is")
    expect(chat.get_by_text("Tom is typing…")).to_be_visible()
    answer(tom, "It is on its way")
    expect(lines(chat).last).to_contain_text("It is on its way")
    expect(tom.locator(".desk-said-agent")).to_contain_text("It is on its way")
    expect(tom.locator(".desk-said-agent").get_by_text("seen")).to_be_visible()
    expect(tom.get_by_label("Your words")).to_have_value("")
    expect(tom.get_by_role("complementary")).to_contain_text("kept in")
    chat.get_by_label("message").press_sequentially("Tha")
    expect(tom.locator("[data-live-status]")).to_have_text("Ben is typing…")
    chat.get_by_label("message").fill("Thank you")
    chat.get_by_label("message").press("Enter")
    expect(tom.locator(".desk-said-customer").last).to_contain_text("Thank you")
    answer(tom, "You are welcome")
    expect(lines(chat).last).to_contain_text("You are welcome")
    expect(tom.locator(".desk-said-agent", has_text="You are welcome").get_by_text("seen")).to_be_visible()
    assert not Message.objects.filter(channel="email_support").exists()
    assert not ChatDeadline.objects.open().exists()
    assert desk.complaints == []


def test_no_line_is_lost_or_doubled_when_the_live_process_dies_in_the_middle(desk, live, shop, agent):
    _page, chat = shop(token=log_in_of(desk, desk.cast.ben), language="en")
    say(chat, "One")
    expect(lines(chat)).to_have_count(2)
    tom = agent()
    expect(tom.locator("[data-live-status]")).to_have_text("Ben is in the chat.")
    live.kill()
    say(chat, "Two")
    expect(lines(chat).last).to_contain_text("Two")
    expect(chat.locator(".waiting")).to_have_count(0)  # shown at once, but Tom sees it when the desk has it
    tom.reload()
    answer(tom, "Three")
    expect(tom.locator(".desk-said-agent")).to_contain_text("Three")
    live.start()
    expect(lines(chat).get_by_text("Three")).to_be_visible()
    say(chat, "Four")
    expect(tom.locator(".desk-said-customer").last).to_contain_text("Four")
    greeting = "Thank you! This is FIN-000001. A person answers within 5 minutes."
    expect(lines(chat).locator("p")).to_have_text(["One", greeting, "Two", "Three", "Four"])
    assert list(Reply.objects.order_by("id").values_list("body", flat=True)) == ["One", "Two", "Three", "Four"]


def test_a_line_whose_answer_was_lost_is_tried_again_and_said_once(desk, live, shop):
    page, chat = shop(token=log_in_of(desk, desk.cast.ben), language="en")
    say(chat, "One")
    expect(lines(chat)).to_have_count(2)
    lost = []

    def lose_the_answer(route):
        if len(lost) < 2:
            lost.append(route.fetch())  # the desk has it, the browser never hears so
            route.abort()
        else:
            route.continue_()

    page.route("**/chat/lines/", lose_the_answer)
    say(chat, "Two")
    expect(chat.get_by_role("alert")).to_contain_text("The line is interrupted")
    expect(chat.locator(".waiting")).to_have_count(0)
    expect(lines(chat).get_by_text("Two")).to_have_count(1)
    assert [one.status for one in lost] == [201, 201]
    assert Reply.objects.filter(body="Two").count() == 1


def test_words_that_could_not_leave_outlive_a_reload(desk, live, shop):
    page, chat = shop(token=log_in_of(desk, desk.cast.ben), language="en")
    expect(chat.get_by_label("message")).to_be_visible()
    page.route("**/chat/lines/", lambda route: route.abort())
    say(chat, "Kept")
    expect(chat.locator(".waiting")).to_contain_text("Kept")
    page.unroute("**/chat/lines/")
    page.reload()
    page.get_by_role("button", name="chat").click()
    chat = page.frame_locator("iframe")
    expect(lines(chat).get_by_text("Thank you!")).to_be_visible()
    expect(lines(chat).get_by_text("Kept")).to_have_count(1)
    assert Reply.objects.filter(body="Kept").count() == 1


def test_without_a_broker_they_still_talk(desk, live_without_broker, shop, agent):
    _page, chat = shop(token=log_in_of(desk, desk.cast.ben), language="en")
    say(chat, "Anybody?")
    expect(lines(chat)).to_contain_text(["Anybody?", "Thank you! This is FIN-000001."])
    tom = agent()
    answer(tom, "Me")
    expect(lines(chat).get_by_text("Me", exact=True)).to_be_visible()
    say(chat, "Good")
    expect(tom.locator(".desk-said-customer").last).to_contain_text("Good")


def test_a_visitor_gives_a_name_and_an_agent_sees_that_it_is_not_proven(desk, live, shop, agent):
    page, chat = shop(language="pt")
    chat.get_by_label("Seu nome").fill("Vera")
    chat.get_by_label("Seu e-mail").fill("ben@example.com")
    chat.get_by_role("button", name="Iniciar o chat").click()
    chat.get_by_label("mensagem").fill("Quem sou eu?")
    chat.get_by_role("button", name="Enviar").click()
    expect(lines(chat).last).to_contain_text("Obrigado!")
    tom = agent()
    expect(tom.get_by_text("address not verified")).to_be_visible()
    expect(tom.locator(".desk-said-customer")).to_contain_text("Vera")
    page.reload()
    page.get_by_role("button", name="chat").click()
    expect(lines(page.frame_locator("iframe")).first).to_contain_text("Quem sou eu?")


def test_who_leaves_gets_the_unread_words_by_mail_and_finds_them_here_as_well(desk, live, shop, agent):
    page, chat = shop(token=log_in_of(desk, desk.cast.ben), language="en")
    say(chat, "Where is it?")
    expect(lines(chat)).to_have_count(2)
    tom = agent()
    expect(tom.locator("[data-live-status]")).to_have_text("Ben is in the chat.")
    page.get_by_role("button", name="Close the chat").click()  # the frame stays, but nobody reads
    answer(tom, "In your letter box")
    expect(tom.locator(".desk-said-agent")).to_contain_text("In your letter box")
    expect(page.get_by_role("button", name="chat")).to_have_text("1")
    address = page.url
    page.goto("about:blank")
    expect(tom.locator("[data-live-status]")).to_have_text(
        "Ben is not in the chat: your answer goes by mail.", timeout=30_000
    )
    sweep_at(timezone.now() + timedelta(minutes=3))
    (mail,) = Message.objects.filter(channel="email_support")
    assert "In your letter box" in mail.body and mail.channel_reason.startswith("the customer left the chat")
    sweep_at(timezone.now() + timedelta(minutes=30))
    assert Message.objects.filter(purpose="chat_unread").count() == 1
    page.goto(address)
    page.get_by_role("button", name="chat").click()
    expect(lines(page.frame_locator("iframe")).last).to_contain_text("In your letter box")


def test_only_trusted_sites_may_frame_the_chat(desk, live, shop):
    page, _chat = shop(is_trusted=False)
    until = time.monotonic() + 20
    while not any(frame.url.startswith("chrome-error://") for frame in page.frames):
        assert time.monotonic() < until, [frame.url for frame in page.frames]
        page.wait_for_timeout(50)


def test_by_keyboard_alone(desk, live, shop):
    page = desk.stranger()
    page.goto("/chat/?language=es")
    expect(page.get_by_label("Su nombre")).to_be_focused()
    page.keyboard.type("Inés")
    page.keyboard.press("Tab")
    page.keyboard.type("ines@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_label("mensaje")).to_be_focused()
    page.keyboard.type("Hola")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log", name="Conversación").locator("article").first).to_contain_text("Hola")
    assert desk.complaints == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_it_fits_the_screen(desk, live, shop, agent, width, scheme):
    page, chat = shop(width=width, scheme=scheme, token=log_in_of(desk, desk.cast.ben), language="en")
    say(chat, "word" * 60)
    expect(lines(chat)).to_have_count(2)
    tom = agent(width)
    answer(tom, "An answer that is long enough to break into more than one line on a narrow screen")
    expect(lines(chat)).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert chat.locator("html").evaluate("html => html.scrollWidth <= innerWidth")
    assert tom.evaluate("document.documentElement.scrollWidth") <= width
    if folder := os.environ.get("DESK_SCREENSHOTS"):  # for people to look at
        page.screenshot(path=f"{folder}/widget-{width}.png")
        tom.screenshot(path=f"{folder}/agent-{width}.png", full_page=True)
    assert desk.complaints == []
