"""What readers ask is kept without their name, once a question, and tells whether articles save tickets."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from communications.models import Message
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.gaps import gaps
from knowledge.models import Article, SearchQuery, Translation
from knowledge.questions import forget_questions
from knowledge.usefulness import usefulness_of
from knowledge.visitors import scrubbed
from knowledge.workflow.note_search import note_search
from tests.browser import needs_browser
from tests.conftest import NOON
from tickets.models import Reply, Ticket

FORM = {
    "email": "nina@example.com", "name": "Nina", "subject": "Nothing syncs", "description": "I tried all of it.",
}  # fmt: skip


def search(words: str, client: Client | None = None) -> str:
    return (client or Client()).get("/help/en/search/", {"q": words}).content.decode()


def ask(words: str, *, at=NOON, visitor: str = "v") -> SearchQuery | None:
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="test"):
        return note_search(visitor=visitor, language="en", words=words, found=1, is_guess=False, by=public, at=at)


def test_a_search_is_kept_with_what_it_found_and_no_name(db):
    search("transactions missing")
    one = SearchQuery.objects.get()
    assert (one.words, one.language, one.is_guess) == ("transactions missing", "en", False)
    assert one.found > 0 and len(one.visitor) == 32


def test_keystrokes_are_one_question(db):
    for number, words in enumerate(("tra", "transac", "transactions", "transactions missing", "transactions mis")):
        ask(words, at=NOON + timedelta(seconds=5 * number))
    assert [one.words for one in SearchQuery.objects.all()] == ["transactions mis"]
    ask("transactions missing", at=NOON + timedelta(minutes=2))
    ask("receipts", at=NOON + timedelta(minutes=2))
    ask("receipts", at=NOON + timedelta(minutes=2), visitor="other")
    assert SearchQuery.objects.count() == 4


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("my mail is ana@example.com ok", "my mail is [address] ok"),
        ("card 4111 1111 1111 1111 refused", "card [number] refused"),
        ("call +55 11 98765-4321", "call [number]"),
        ("cpf 123.456.789-09", "cpf [number]"),
        ("error tx 104", "error tx 104"),
        ("up to 10 MB in 2026", "up to 10 MB in 2026"),
    ],
)
def test_addresses_and_long_numbers_are_not_kept(typed, kept):
    assert scrubbed(typed) == kept


@given(st.from_regex(r"[0-9]{13,19}", fullmatch=True), st.sampled_from(["", " ", "-", "."]))
def test_no_card_number_survives_however_it_is_grouped(number, between):
    typed = between.join(number[start : start + 4] for start in range(0, len(number), 4))
    assert not re.search(r"\d{4}", scrubbed(f"card {typed} x"))


def test_what_is_opened_from_a_search_counts_once_and_for_its_own_visitor_only(db):
    shown = search("transactions missing")
    where = re.search(r'<ol class="hits">\s*<li><a href="([^"]+)"', shown)[1]
    assert "?from=" in where
    Client().get(where, headers={"User-Agent": "another browser"})
    assert SearchQuery.objects.get().read is None
    for _ in range(2):
        assert Client().get(where).status_code == 200
    assert SearchQuery.objects.get().read.article.code == "data-sync-problems"


@pytest.mark.parametrize("number", ["0", "999999999999999999999", "x", "-1", "1' OR 1=1"])
def test_a_made_up_origin_counts_nothing_and_breaks_nothing(db, number):
    assert Client().get("/help/en/data-sync-problems/", {"from": number}).status_code == 200


def test_who_writes_to_us_after_reading_was_not_helped_and_the_agent_sees_what_they_read(db):
    where = re.search(r'<ol class="hits">\s*<li><a href="([^"]+)"', search("transactions missing"))[1]
    Client().get(where)
    search("quokka")
    answer = Client().post("/help/en/contact/", FORM)
    ticket = Ticket.objects.get()
    assert answer.status_code == 201 and ticket.reference in answer.content.decode()
    note = Reply.objects.get(ticket=ticket, is_internal=True)
    assert "“transactions missing” → read “Data Sync Problems”" in note.body
    assert "“quokka” → read nothing" in note.body
    assert set(SearchQuery.objects.values_list("led_to_ticket", flat=True)) == {True}
    article = Article.objects.get(code="data-sync-problems")
    useful = usefulness_of(article, timezone.now())["en"]
    assert (useful.read, useful.wrote, useful.helped, useful.is_enough) == (1, 1, 0, False)


def test_who_only_reads_was_perhaps_helped(db):
    for number in range(12):
        ask(f"question {number}", visitor=f"v{number}", at=timezone.now())
    article = Article.objects.get(code="data-sync-problems")
    shown = Translation.objects.get(article=article, language="en")
    SearchQuery.objects.update(read=shown)
    SearchQuery.objects.filter(visitor__in=("v1", "v2", "v3")).update(led_to_ticket=True)
    useful = usefulness_of(article, timezone.now())["en"]
    assert (useful.read, useful.wrote, useful.percent, useful.is_enough) == (12, 3, 75, True)


def test_gaps_are_questions_without_an_answer_those_with_tickets_first(db):
    now = timezone.now()
    for visitor in "ab":
        ask("Loans", visitor=visitor, at=now)
    ask("loans", visitor="c", at=now)
    ask("crypto", visitor="d", at=now)
    ask("read well", visitor="e", at=now)
    SearchQuery.objects.filter(words="crypto").update(led_to_ticket=True)
    SearchQuery.objects.filter(words="read well").update(read=Translation.objects.first())
    assert [(one["question"], one["asked"], one["wrote"]) for one in gaps(now)] == [("crypto", 1, 1), ("loans", 3, 0)]


def test_whose_question_it_was_goes_after_a_day_and_the_question_after_400(db):
    ask("now", at=NOON)
    ask("yesterday", at=NOON - timedelta(hours=25))
    ask("long ago", at=NOON - timedelta(days=401))
    forget_questions(NOON)
    assert dict(SearchQuery.objects.values_list("words", "visitor")) == {"now": "v", "yesterday": ""}


def test_the_form_opens_a_ticket_greets_and_knows_the_language(db):
    assert Client().post("/help/pt/contact/", FORM).status_code == 201
    ticket = Ticket.objects.get()
    assert (ticket.language, ticket.customer.email, ticket.customer.language) == ("pt", "nina@example.com", "pt")
    assert Message.objects.get(about_id=ticket.pk).language == "pt"


def test_a_known_address_is_the_known_customer_s_and_nothing_of_theirs_is_shown(cast):
    answer = Client().post("/help/en/contact/", {**FORM, "email": "BEN@example.com", "name": "Not Ben"})
    assert Ticket.objects.get().customer == cast.ben
    cast.ben.refresh_from_db()
    assert cast.ben.name == "Ben" and "Ben" not in answer.content.decode().replace("Not Ben", "")


@pytest.mark.parametrize("field", list(FORM))
def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(db, field):
    answer = Client().post("/help/en/contact/", {**FORM, field: " "})
    shown = answer.content.decode()
    assert answer.status_code == 400 and f'id="{field}-refused"' in shown
    assert all(value in shown for name, value in FORM.items() if name != field)
    assert not Ticket.objects.exists() and not Customer.objects.filter(email=FORM["email"]).exists()


def test_an_erased_customer_s_address_says_so_beside_the_field(cast):
    with acting(by=cast.ada, channel="test"):
        Customer.objects.filter(pk=cast.ben.pk).update(erased_at=NOON)
    answer = Client().post("/help/en/contact/", {**FORM, "email": cast.ben.email})
    assert answer.status_code == 409 and 'id="email-refused"' in answer.content.decode()


def test_too_many_at_once_are_asked_to_wait_and_lose_no_word(db, monkeypatch):
    monkeypatch.setattr("tickets.contact_page.ASKED_A_MINUTE", 0)
    answer = Client().post("/help/en/contact/", FORM)
    assert answer.status_code == 429 and answer["Retry-After"] and FORM["description"] in answer.content.decode()


@needs_browser
def test_answers_are_offered_while_the_subject_is_typed(desk):
    page = desk.stranger(width=390)
    page.goto("/help/pt/contact/")
    page.get_by_label("Qual é o assunto?").press_sequentially("transações não aparecem")
    link = page.get_by_role("link", name="Problemas de sincronização de dados")
    link.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert desk.complaints == []


def test_an_address_with_odd_signs_is_refused_by_name(db):
    answer = Client(REMOTE_ADDR="10.66.1.9").post("/help/en/contact/", {**FORM, "email": "a\x00b@example.com"})
    assert answer.status_code == 400 and 'id="email-refused"' in answer.content.decode()
