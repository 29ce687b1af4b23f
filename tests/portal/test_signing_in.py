"""Signing in by a mailed link: once, within half an hour, by a button; and nothing tells whom we know."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from communications.models import Delivery, MailBudget, Message
from communications.outbox import deliver
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import SystemActor, User, system_actor
from financy_support.desk.people.workflow.change_customer import change_customer
from tests.cast import hire_cast
from tests.communications.processes import at_once
from tests.make import make_ticket
from tests.portal.conftest import SIGN_IN, link_in
from tickets.models import PortalLink, PortalSession
from tickets.portal.signed_in import COOKIE
from tickets.portal.tokens import LinkUsed, cookie_of
from tickets.portal.words import PORTAL_WORDS
from tickets.workflow.request_sign_in import MOST_LINKS, request_sign_in
from tickets.workflow.sign_in import end_sessions, sign_in

EN = PORTAL_WORDS["en"]


def ask(email: str, language: str = "en"):
    return Client().post(f"/help/{language}/requests/", {"email": email})


def message_of(link: PortalLink) -> Message:
    return Message.objects.get(about_label="tickets.portallink", about_id=link.pk)


def page_of(client: Client, address: str = SIGN_IN) -> str:
    return client.get(address).content.decode()


def test_every_language_says_the_same_things():
    assert set(EN) == set(PORTAL_WORDS["pt"]) == set(PORTAL_WORDS["es"])


def test_from_the_address_to_the_list_and_out_again(cast, sink, mailed):
    ticket = make_ticket(cast.ana, subject="Meu cartão", at=timezone.now())
    deliver(timezone.now() + timedelta(seconds=1))
    assert EN["sign_in"] in page_of(Client())
    link = mailed("ANA@example.com")
    mail = sink.mails[-1]
    assert mail.recipients == ["ana@example.com"] and mail.parsed["Content-Language"] == "pt"
    assert link.startswith("/help/pt/requests/link/") and "30 minutos" in mail.parsed.get_content()
    client = Client()
    shown = client.get(link)
    assert PORTAL_WORDS["pt"]["go_in"] in shown.content.decode() and COOKIE not in client.cookies
    answer = client.post(link)
    assert (answer.status_code, answer["Location"]) == (302, "/help/pt/requests/")
    listed = page_of(client, answer["Location"])
    assert "Meu cartão" in listed and ticket.reference in listed and "ana@example.com" in listed
    out = client.post("/help/pt/requests/sign-out/")
    assert PORTAL_WORDS["pt"]["signed_out"] in out.content.decode()
    assert PORTAL_WORDS["pt"]["sign_in"] in page_of(client, "/help/pt/requests/")
    session = PortalSession.objects.get()
    assert session.ended_because == "signed_out"
    kept = Client()
    kept.cookies[COOKIE] = cookie_of(session)  # a copy of the cookie opens nothing either
    assert "Meu cartão" not in page_of(kept, "/help/pt/requests/")


def test_the_cookie_is_for_the_help_centre_alone_and_no_script_reads_it(cast, signed_in, settings):
    cookie = signed_in(cast.ben).cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["secure"]) == ("/help/", True, "Lax", "")
    assert cookie["max-age"] == 12 * 3600
    again = Client()
    with acting(by=system_actor(SystemActor.PUBLIC), channel="test") as act:
        link = request_sign_in(email=cast.bea.email, by=act.by, at=act.at)
    again.post(link_in(message_of(link).body), secure=True)
    assert again.cookies[COOKIE]["secure"]


def test_it_opens_neither_the_back_office_nor_the_api(cast, signed_in):
    client = signed_in(cast.ben)
    assert "sessionid" not in client.cookies
    assert client.get("/admin/").status_code == 302
    assert client.get("/api/v1/tickets/").status_code == 401


@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_the_answer_is_the_same_whether_or_not_the_address_is_known(cast, sink, language):
    answers = [ask(email, language) for email in ("ben@example.com", "nobody@example.com", "tom@financy.example")]
    assert len({(one.status_code, re.sub(rb'value="\w{64}"', b"", one.content)) for one in answers}) == 1
    assert all(set(one.headers) == set(answers[0].headers) for one in answers)
    assert Message.objects.filter(purpose="sign_in_link").count() == 1


def test_the_clock_does_not_tell_whom_we_know(cast, monkeypatch):
    monkeypatch.setattr("tickets.portal.sign_in_pages.TAKES", 0.4)
    ask("nobody@example.com")  # what is read once a process is read now
    for email in ("ben@example.com", "nobody@example.com"):
        began = time.monotonic()
        ask(email)
        assert 0.4 <= time.monotonic() - began < 0.8, email


@pytest.mark.parametrize("typed", ["", "ben", "ben@", "ben@example.com\x00", "josé@example.com", "@" * 400])
def test_what_is_no_address_is_said_beside_the_field(db, typed):
    answer = ask(typed)
    assert answer.status_code == 400
    assert (
        EN["bad_address"] in answer.content.decode() and 'aria-describedby="email-refused"' in answer.content.decode()
    )


def test_a_scanner_that_opens_the_link_does_not_use_it_up(cast, mailed):
    link = mailed(cast.ben.email)
    for _ in range(5):
        assert Client().get(link).status_code == 200
        assert Client().head(link).status_code == 200
    assert not PortalSession.objects.exists()
    assert Client().post(link).status_code == 302


def test_a_link_works_once(cast, mailed):
    link = mailed(cast.ben.email)
    assert Client().post(link).status_code == 302
    for method in ("get", "post"):
        answer = getattr(Client(), method)(link)
        assert answer.status_code == 410 and EN["link_used"] in answer.content.decode()
    assert PortalSession.objects.count() == 1


def test_pressed_twice_or_opened_in_a_second_tab_it_leads_on_for_the_same_browser(cast, mailed):
    link, client = mailed(cast.ben.email), Client()
    for answer in (client.post(link), client.post(link), client.get(link)):
        assert (answer.status_code, answer["Location"]) == (302, "/help/en/requests/")
    assert PortalSession.objects.count() == 1


def test_a_link_ends_after_half_an_hour(cast, mailed):
    link = mailed(cast.ben.email)
    assert PortalLink.objects.get().expires_at - PortalLink.objects.get().asked_at == timedelta(minutes=30)
    with acting(by=cast.ada, channel="test") as act:
        PortalLink.objects.update(expires_at=act.at)
    for method in ("get", "post"):
        answer = getattr(Client(), method)(link)
        assert answer.status_code == 410 and EN["link_expired"] in answer.content.decode()


def test_what_is_no_link_of_this_purpose_opens_nothing(cast, mailed):
    good = mailed(cast.ben.email).rstrip("/").rsplit("/", 1)[1]
    survey = signing.Signer(salt="tickets.satisfaction-survey", sep=".").sign_object(["portal-link", 1, 0])
    for token in ("x", "a.b", good[:-1], good + "a", survey, "x" * 400, cookie_of(PortalSession(pk=1))):
        answer = Client().post(f"/help/en/requests/link/{token}/")
        assert answer.status_code == 404 and COOKIE not in answer.cookies, token
    assert not PortalSession.objects.exists()


@pytest.mark.parametrize("cookie", ["", "1", "x.y", "a" * 5000])
def test_a_made_up_cookie_opens_nothing_and_breaks_nothing(cast, cookie):
    client = Client()
    client.cookies[COOKIE] = cookie
    assert EN["sign_in"] in page_of(client)


def test_a_blocked_customer_gets_no_link_and_an_open_session_ends(cast, mailed, signed_in):
    client, waiting = signed_in(cast.ben), mailed(cast.ben.email)
    with acting(by=cast.ada, channel="test"):
        User.objects.filter(pk=cast.ben.user.pk).update(is_active=False)
    said = Message.objects.count()
    assert ask(cast.ben.email).status_code == 200 and Message.objects.count() == said
    assert EN["sign_in"] in page_of(client)
    assert Client().post(waiting).status_code == 404


def test_another_address_ends_what_the_old_one_opened(cast, mailed, signed_in):
    client, waiting = signed_in(cast.ben), mailed(cast.ben.email)
    with acting(by=cast.ada, channel="test") as act:
        change_customer(cast.ben, email="benjamin@example.com", by=cast.ada, at=act.at)
    assert EN["sign_in"] in page_of(client)
    assert Client().post(waiting).status_code == 404
    assert str(PortalSession.objects.get().why_over(timezone.now())) == "the address changed"


def test_a_session_ends_after_twelve_hours(cast, signed_in):
    client = signed_in(cast.ben)
    session = PortalSession.objects.get()
    assert session.expires_at - session.started_at == timedelta(hours=12)
    with acting(by=cast.ada, channel="test"):
        PortalSession.objects.update(expires_at=timezone.now())
    assert EN["sign_in"] in page_of(client)


def test_at_most_three_links_an_hour_go_to_one_address_and_the_answer_stays_the_same(cast, sink):
    answers = [ask(cast.ben.email) for _ in range(MOST_LINKS + 2)]
    assert {one.status_code for one in answers} == {200}
    assert PortalLink.objects.count() == MOST_LINKS
    assert ask(cast.bea.email).status_code == 200 and PortalLink.objects.count() == MOST_LINKS + 1
    with acting(by=cast.ada, channel="test"):
        PortalLink.objects.update(asked_at=timezone.now() - timedelta(minutes=61))
    ask(cast.ben.email)
    assert PortalLink.objects.count() == MOST_LINKS + 2


def test_links_use_up_no_budget_of_other_mail_and_wait_for_none(cast, sink):
    with acting(by=cast.ada, channel="test"):
        MailBudget.objects.update(most=1)
    make_ticket(cast.ben, at=timezone.now())
    for _ in range(2):
        ask(cast.ben.email)
    make_ticket(cast.bea, at=timezone.now())
    assert deliver(timezone.now() + timedelta(seconds=1)) == {"delivered": 4}
    assert set(Delivery.objects.filter(message__purpose="sign_in_link").values_list("is_budgeted", flat=True)) == {
        False
    }


def test_one_place_asks_ten_times_a_minute_and_is_told_to_wait(cast, monkeypatch):
    monkeypatch.setattr("tickets.portal.sign_in_pages.ASKED_A_MINUTE", 0)
    answer = ask(cast.ben.email)
    assert answer.status_code == 429 and answer["Retry-After"] and EN["too_many"] in answer.content.decode()
    assert not PortalLink.objects.exists()


def test_who_wrote_by_the_form_and_has_no_log_in_gets_one_when_they_sign_in(cast, mailed):
    form = {"email": "nina@example.com", "name": "Nina", "subject": "Nothing syncs", "description": "I tried it."}
    assert Client().post("/help/en/contact/", form).status_code == 201
    client = Client()
    nina = Customer.objects.get(email="nina@example.com")
    with acting(by=system_actor(SystemActor.PUBLIC), channel="test") as act:
        link = request_sign_in(email=nina.email, by=act.by, at=act.at)
    assert client.post(link_in(message_of(link).body)).status_code == 302
    nina.refresh_from_db()
    assert nina.user.kind == "customer" and not nina.user.has_usable_password()
    assert "Nothing syncs" in page_of(client)


def test_the_link_leads_to_the_request_that_somebody_came_for(cast, mailed):
    ticket = make_ticket(cast.ben, at=timezone.now())
    address = f"/help/en/requests/{ticket.reference}/"
    shown = Client().get(address)
    assert shown.status_code == 403 and f'name="ticket" value="{ticket.reference}"' in shown.content.decode()
    deliver(timezone.now() + timedelta(seconds=1))
    answer = Client().post(mailed(cast.ben.email, ticket=ticket.reference))
    assert answer["Location"] == address
    assert Client().post(mailed(cast.bea.email, ticket="//evil.example"))["Location"] == "/help/en/requests/"


def test_no_form_of_another_site_signs_anybody_in_or_acts_for_them(cast, mailed, signed_in):
    ticket = make_ticket(cast.ben, at=timezone.now())
    deliver(timezone.now() + timedelta(seconds=1))
    link, cookies = mailed(cast.bea.email), signed_in(cast.ben).cookies
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = cookies
    tries = {
        SIGN_IN: {"email": "ben@example.com"},
        link: {},
        "/help/en/requests/sign-out/": {},
        f"/help/en/requests/{ticket.reference}/": {"do": "reply", "body": "x"},
        "/help/en/contact/": {"subject": "x", "description": "x"},
    }
    assert {address: strict.post(address, typed).status_code for address, typed in tries.items()} == dict.fromkeys(
        tries, 403
    )
    assert ticket.replies.count() == 1
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page_of(strict))[1]
    assert strict.post("/help/en/requests/sign-out/", {"csrfmiddlewaretoken": token}).status_code == 200


def test_an_administrator_ends_all_sessions_of_a_customer_and_the_links_that_wait(cast, mailed, signed_in):
    first, second, waiting = signed_in(cast.ben), signed_in(cast.ben), mailed(cast.ben.email)
    other = signed_in(cast.bea)
    desk = Client()
    desk.force_login(cast.ada, backend="django.contrib.auth.backends.ModelBackend")
    chosen = {"action": "end", "_selected_action": [PortalSession.objects.filter(customer=cast.ben).first().pk]}
    answer = desk.post("/admin/tickets/portalsession/", chosen, follow=True)
    assert "Ben: 2 ended." in answer.content.decode()
    assert EN["sign_in"] in page_of(first) and EN["sign_in"] in page_of(second)
    assert EN["sign_in"] not in page_of(other)
    assert Client().post(waiting).status_code == 410


def test_only_administrators_end_sessions_and_read_what_holds_a_link(cast, mailed):
    mailed(cast.ben.email)
    message = Message.objects.get(purpose="sign_in_link")
    for person, sees in ((cast.tom, False), (cast.eve, False), (cast.bea.user, False), (cast.ada, True)):
        assert Message.objects.visible_to(person).filter(pk=message.pk).exists() is sees, person
        assert PortalLink.objects.visible_to(person).exists() is sees
    for person in (cast.tom, cast.eve, cast.ben.user):
        with acting(by=person, channel="test") as act, pytest.raises(NotAllowed):
            end_sessions(cast.ben, by=person, at=act.at)


def test_of_two_who_use_a_link_at_once_one_is_refused(committed_db):
    cast = hire_cast()
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="test") as act:
        link = request_sign_in(email=cast.ben.email, by=public, at=act.at)

    def use() -> str:
        try:
            with acting(by=public, channel="test") as act:
                sign_in(link, by=public, at=act.at)
        except LinkUsed as refusal:
            return refusal.code
        return "in"

    assert sorted(at_once(2, use)) == ["in", "link_used"]
    assert PortalSession.objects.count() == 1


def test_of_several_asked_for_at_once_no_link_is_one_too_many(committed_db):
    cast = hire_cast()
    public = system_actor(SystemActor.PUBLIC)

    def request() -> str:
        with acting(by=public, channel="test") as act:
            return "sent" if request_sign_in(email=cast.ben.email, by=public, at=act.at) else "none"

    assert sorted(at_once(6, request)) == ["none"] * 3 + ["sent"] * 3


@pytest.mark.parametrize("ticket", ["a/b", "..", "\x00", "FIN-1/../", "9" * 40])
def test_a_made_up_request_beside_the_address_breaks_nothing(cast, ticket):
    for email in ("x", "nobody@example.com"):
        answer = Client().post("/help/en/requests/", {"email": email, "ticket": ticket})
        assert answer.status_code in (200, 400, 429)
