"""What a signed-in customer sees of their requests, and does: the API's own scope and verbs, on a page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from tests.conftest import NOON
from tests.make import do, make_ticket
from tickets.models import Attachment, Reply, SatisfactionRating, Ticket
from tickets.portal.words import PORTAL_WORDS
from tickets.workflow.close import close_ticket
from tickets.workflow.hold import hold_ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket
from tickets.workflow.say_in_chat import say_in_chat
from tickets.workflow.start_chat import start_visitor_chat
from tickets.workflow.update_progress import send_progress_update

EN = PORTAL_WORDS["en"]
LIST = "/help/en/requests/"
PNG = SimpleUploadedFile("shot.png", b"\x89PNG a picture", content_type="image/png")
ANSWER = {
    "summary": "We sent a new card.", "actions_taken": "Blocked the old one.", "prevention_measures": "Tracked mail.",
}  # fmt: skip


@pytest.fixture(autouse=True)
def files_of_our_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def at_noon(customer, **fields) -> Ticket:
    return make_ticket(customer, at=timezone.now() - timedelta(hours=1), **fields)


def of(ticket: Ticket, language: str = "en") -> str:
    return f"/help/{language}/requests/{ticket.reference}/"


def text(answer) -> str:
    return answer.content.decode()


def answered(cast, ticket: Ticket) -> Ticket:
    do(resolve_ticket, ticket, by=cast.tom, at=timezone.now() - timedelta(minutes=5), confirm=["language"], **ANSWER)
    return ticket


def test_the_list_has_the_own_and_what_the_organisation_shares_and_nothing_else(cast, signed_in):
    mine, shared = at_noon(cast.ben, subject="Mine"), at_noon(cast.bea, subject="Hers")
    at_noon(cast.ana, subject="Foreign")
    at_noon(cast.bea, subject="Her secret", category="security")
    shown = text(signed_in(cast.ben).get(LIST))
    assert mine.reference in shown and shared.reference in shown and "by Bea" in shown
    assert "Foreign" not in shown and "Her secret" not in shown
    at_noon(cast.dora, subject="Silent")
    assert "Silent" not in text(signed_in(cast.dan).get(LIST))


def test_open_and_answered_ones_are_told_apart(cast, signed_in):
    at_noon(cast.ben, subject="Still open")
    answered(cast, at_noon(cast.ben, subject="Long done"))
    client = signed_in(cast.ben)
    shows = {show: text(client.get(LIST, {"show": show})) for show in ("open", "closed", "all", "nonsense")}
    assert {show: ("Still open" in page, "Long done" in page) for show, page in shows.items()} == {
        "open": (True, False), "closed": (False, True), "all": (True, True), "nonsense": (True, False),
    }  # fmt: skip


def test_a_long_list_is_turned_page_by_page_and_shows_each_once(cast, signed_in):
    made = {at_noon(cast.ben, subject=f"Question {number}").reference for number in range(45)}
    client, seen = signed_in(cast.ben), []
    for page in (1, 2, 3):
        seen += re.findall(r'<li>\s*<a href="/help/en/requests/(FIN-\d+)/', text(client.get(LIST, {"page": page})))
    assert sorted(seen) == sorted(made)
    assert 'rel="next"' not in text(client.get(LIST, {"page": 3}))
    assert {client.get(LIST, {"page": page}).status_code for page in ("-1", "x", "0", "²")} == {200}
    assert client.get(LIST, {"page": "9" * 15, "show": "all"})["Location"] == f"{LIST}?show=all"


def test_who_has_asked_nothing_is_told_what_to_do(cast, signed_in):
    client = signed_in(cast.ana)
    for show in ("open", "closed", "all"):
        shown = text(client.get("/help/pt/requests/", {"show": show}))
        assert PORTAL_WORDS["pt"][f"none_{show}"] in shown and 'href="/help/pt/contact/"' in shown


def test_one_request_shows_the_public_conversation_in_the_customer_s_zone(cast, signed_in):
    ticket = make_ticket(cast.carmen, at=NOON, description="Ayuda <b>ya</b>")
    with acting(by=cast.ada, channel="test"):
        type(cast.carmen).objects.filter(pk=cast.carmen.pk).update(time_zone="Asia/Tokyo")
    shown = text(signed_in(cast.carmen).get(of(ticket, "es")))
    assert "Ayuda &lt;b&gt;ya&lt;/b&gt;" in shown
    assert "23 nov 2026, 21:00" in shown and "Asia/Tokyo" in shown
    assert PORTAL_WORDS["es"]["late"] in shown


def test_answers_and_progress_stand_there_and_what_is_internal_does_not(cast, signed_in):
    ticket = at_noon(cast.ben)
    now = timezone.now()
    do(reply_to_ticket, ticket, body="Which country were you in?", by=cast.tom, at=now - timedelta(minutes=30))
    do(note_ticket, ticket, body="QUOKKA looks like fraud", by=cast.tom, at=now - timedelta(minutes=29))
    do(send_progress_update, ticket, details="The mail was lost.", next_steps="We ask the post.",
       estimated_resolution=now + timedelta(days=1), by=cast.tom, at=now - timedelta(minutes=20))  # fmt: skip
    answered(cast, ticket)
    shown = text(signed_in(cast.ben).get(of(ticket)))
    for words in ("Which country", "The mail was lost.", "We ask the post.", *ANSWER.values(), EN["resolved_status"]):
        assert words in shown
    assert "QUOKKA" not in shown and "customer_support" not in shown and "@financy.example" not in shown


def test_another_customer_s_request_and_none_at_all_look_alike(cast, signed_in):
    foreign = at_noon(cast.ana)
    file = attached(foreign)
    client = signed_in(cast.ben)
    for address in ("", f"files/{file.pk}/"):
        hidden, missing = (client.get(f"{LIST}{one}/{address}") for one in (foreign.reference, "FIN-999999"))
        assert (hidden.status_code, missing.status_code) == (404, 404)
        assert plain(hidden).replace(foreign.reference, "FIN-999999") == plain(missing)
    for act in ("reply", "reopen", "rate", "nonsense"):
        answer = client.post(of(foreign), {"do": act, "body": "x", "reason": "x", "score": "5"})
        assert answer.status_code == 404
    assert foreign.replies.count() == 1
    for odd in ("x", "FIN-", "FIN-9999999999999999999999", "FIN-0", "%00", "..%2f"):
        assert client.get(f"{LIST}{odd}/").status_code == 404


def plain(answer) -> str:
    return re.sub(r'value="\w{64}"', "", text(answer))


def attached(ticket: Ticket, **fields) -> Attachment:
    reply = ticket.replies.first()
    values = {"name": "a.png", "content_type": "image/png", "size": 1, "sha256": "0", "path": "0", **fields}
    with acting(by=reply.author, channel="test") as act:
        return Attachment.objects.create(ticket=ticket, reply=reply, created_at=act.at, by=reply.author, **values)


def test_a_reply_is_the_customer_s_own_with_the_same_verb(cast, signed_in):
    ticket = at_noon(cast.ben)
    do(hold_ticket, ticket, reason="customer", by=cast.tom, at=timezone.now() - timedelta(minutes=9))
    client = signed_in(cast.ben)
    assert EN["on_hold_customer_status"] in text(client.get(of(ticket)))
    answer = client.post(of(ticket), {"do": "reply", "body": "It was in Spain."}, follow=True)
    assert EN["done_reply"] in text(answer) and "It was in Spain." in text(answer)
    ticket.refresh_from_db()
    reply = ticket.replies.latest("id")
    assert (reply.author, reply.voice, reply.is_internal, ticket.status) == (cast.ben.user, "customer", False, "open")
    assert Ticket.history.filter(id=ticket.pk).latest("history_id").history_user_id == cast.ben.user.pk


def test_two_tabs_both_go_on(cast, signed_in):
    ticket, client = at_noon(cast.ben), signed_in(cast.ben)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    tabs = [re.search(r'csrfmiddlewaretoken" value="(\w+)"', text(strict.get(of(ticket))))[1] for _ in range(2)]
    for number, token in enumerate(tabs):
        typed = {"do": "reply", "body": f"tab {number}", "csrfmiddlewaretoken": token}
        assert strict.post(of(ticket), typed).status_code == 302
    assert set(ticket.replies.values_list("body", flat=True)) >= {"tab 0", "tab 1"}


def test_files_go_along_and_come_back_as_downloads_only(cast, signed_in):
    ticket, client = at_noon(cast.ben), signed_in(cast.ben)
    PNG.seek(0)
    assert client.post(of(ticket), {"do": "reply", "body": "", "files": [PNG]}).status_code == 302
    file = Attachment.objects.get()
    assert file.reply.body == "shot.png" and file.by == cast.ben.user
    assert f"/files/{file.pk}/" in text(client.get(of(ticket)))
    answer = client.get(f"{of(ticket)}files/{file.pk}/")
    assert b"".join(answer.streaming_content) == b"\x89PNG a picture"
    assert answer["Content-Disposition"].startswith("attachment") and answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "image/png" and "no-store" in answer["Cache-Control"]
    assert signed_in(cast.ana).get(f"{of(ticket)}files/{file.pk}/").status_code == 404
    assert Client().get(f"{of(ticket)}files/{file.pk}/").status_code == 403
    assert client.get(f"{of(ticket)}files/99999999999999999999999/").status_code == 404


@pytest.mark.parametrize(
    ("name", "kind", "content", "said"),
    [("x.html", "text/html", b"<script>", "type"), ("x.png", "image/png", b"", "empty_file"),
     ("x.png", "image/png", b"0" * (10 * 1024 * 1024 + 1), "too_large_file")],
)  # fmt: skip
def test_a_file_that_is_not_taken_is_named_beside_its_field_and_nothing_typed_is_lost(
    cast, signed_in, name, kind, content, said
):
    ticket, client = at_noon(cast.ben), signed_in(cast.ben)
    file = SimpleUploadedFile(name, content, content_type=kind)
    answer = client.post(of(ticket), {"do": "reply", "body": "My long words", "files": [file]})
    assert answer.status_code == 400 and EN[said] in text(answer) and "My long words" in text(answer)
    assert 'id="files-refused"' in text(answer) and ticket.replies.count() == 1 and not Attachment.objects.exists()


def test_too_many_files_and_too_large_a_form_are_refused(cast, signed_in):
    ticket, client = at_noon(cast.ben), signed_in(cast.ben)
    files = [SimpleUploadedFile(f"{number}.txt", b"x", content_type="text/plain") for number in range(11)]
    answer = client.post(of(ticket), {"do": "reply", "body": "x", "files": files})
    assert answer.status_code == 400 and EN["too_many_files"] in text(answer)
    answer = client.post(of(ticket), {"do": "reply", "body": "x"}, CONTENT_LENGTH="200000000")
    assert answer.status_code == 413 and EN["too_large"] in text(answer)
    assert ticket.replies.count() == 1


def test_files_kept_inert_and_those_of_notes_stay_with_staff(cast, signed_in):
    ticket, client = at_noon(cast.ben), signed_in(cast.ben)
    note = do(note_ticket, ticket, body="note", by=cast.tom, at=timezone.now())
    hidden = [attached(ticket, name="evil.html", content_type="text/html"), attached(ticket, name="inner.png")]
    with acting(by=cast.ada, channel="test") as act:
        hidden[1] = Attachment.objects.create(
            ticket=ticket, reply=note, name="secret.png", content_type="image/png", size=1, sha256="0", path="0",
            created_at=act.at, by=cast.tom,
        )  # fmt: skip
    shown = text(client.get(of(ticket)))
    assert "evil.html" not in shown and "secret.png" not in shown
    assert {client.get(f"{of(ticket)}files/{one.pk}/").status_code for one in hidden} == {404}


def test_an_answered_request_can_be_rated_once(cast, signed_in):
    ticket, client = answered(cast, at_noon(cast.ben)), signed_in(cast.ben)
    assert EN["rate"] in text(client.get(of(ticket)))
    bad = client.post(of(ticket), {"do": "rate", "score": "9", "comment": "Kept words"})
    assert bad.status_code == 400 and EN["no_score"] in text(bad) and "Kept words" in text(bad)
    shown = text(client.post(of(ticket), {"do": "rate", "score": "4", "comment": "Fine"}, follow=True))
    assert EN["done_rate"] in shown and "<strong>4</strong> of 5" in shown and EN["rate_next"] not in shown
    rating = SatisfactionRating.objects.get()
    assert (rating.score, rating.by, rating.channel) == (4, cast.ben.user, "help")
    again = client.post(of(ticket), {"do": "rate", "score": "1"})
    assert again.status_code == 409 and EN["already_rated"] in text(again)
    early = at_noon(cast.ben)
    assert EN["rate"] not in text(client.get(of(early)))
    assert client.post(of(early), {"do": "rate", "score": "1"}).status_code == 409


def test_an_answered_request_is_taken_up_again_and_a_closed_one_is_not(cast, signed_in):
    ticket, client = answered(cast, at_noon(cast.ben)), signed_in(cast.ben)
    empty = client.post(of(ticket), {"do": "reopen", "reason": " "})
    assert empty.status_code == 400 and 'id="reason-refused"' in text(empty)
    shown = text(client.post(of(ticket), {"do": "reopen", "reason": "Still broken"}, follow=True))
    ticket.refresh_from_db()
    assert EN["done_reopen"] in shown and (ticket.status, ticket.cycle) == ("open", 2)
    busy = client.post(of(ticket), {"do": "reopen", "reason": "again"})
    assert busy.status_code == 409 and EN["not_reopened"] in text(busy)
    answered(cast, ticket)
    do(close_ticket, ticket, by=cast.tom, at=timezone.now())
    shown = text(client.get(of(ticket)))
    assert EN["closed_next"] in shown and 'name="body"' not in shown
    for act in ({"do": "reopen", "reason": "x"}, {"do": "reply", "body": "x"}):
        answer = client.post(of(ticket), act)
        assert answer.status_code == 409 and EN["is_closed"] in text(answer)


def test_a_colleague_s_request_is_read_and_not_changed(cast, signed_in):
    ticket, client = answered(cast, at_noon(cast.bea)), signed_in(cast.ben)
    shown = text(client.get(of(ticket)))
    assert EN["colleague"] in shown and 'name="body"' not in shown and 'name="score"' not in shown
    for act in ({"do": "reply", "body": "x"}, {"do": "rate", "score": "1"}, {"do": "reopen", "reason": "x"}):
        answer = client.post(of(ticket), act)
        assert answer.status_code == 403 and EN["colleague"] in text(answer)
    assert ticket.replies.count() == 1 and not SatisfactionRating.objects.exists()


def test_what_a_stranger_opened_with_ones_address_is_read_but_not_answered(cast, signed_in):
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="test") as act:
        person = start_visitor_chat(email=cast.ben.email, name="Who", by=public, at=act.at).person
    with acting(by=person, channel="test") as act:
        ticket = say_in_chat(body="It is me", by=person, at=act.at).ticket
    answer = signed_in(cast.ben).post(of(ticket), {"do": "reply", "body": "my iban"})
    assert answer.status_code == 409 and EN["unproven"] in text(answer)
    assert not Reply.objects.filter(body="my iban").exists()


def test_a_signed_in_customer_s_contact_form_is_filed_as_them(cast, signed_in):
    client = signed_in(cast.ben)
    client.get("/help/en/search/", {"q": "quokka"})
    form = text(client.get("/help/en/contact/"))
    assert 'name="email"' not in form and 'name="name"' not in form and "ben@example.com" in form
    PNG.seek(0)
    typed = {"subject": "New", "description": "All of it", "email": "ana@example.com", "name": "Ana", "files": [PNG]}
    answer = client.post("/help/en/contact/", typed)
    ticket = Ticket.objects.get()
    assert answer.status_code == 201 and of(ticket) in text(answer)
    assert (ticket.customer, ticket.opened_by, ticket.language) == (cast.ben, cast.ben.user, "en")
    assert Attachment.objects.get().by == cast.ben.user
    note = Reply.objects.get(is_internal=True)
    assert "quokka" in note.body and note.author.kind == "system"
    assert "quokka" not in text(client.get(of(ticket)))


def test_anybody_s_contact_form_takes_files_within_smaller_limits(db):
    form = {"email": "nina@example.com", "name": "Nina", "subject": "Files", "description": "See the picture."}
    PNG.seek(0)
    assert Client().post("/help/en/contact/", {**form, "files": [PNG]}).status_code == 201
    assert Attachment.objects.get().ticket.customer.email == "nina@example.com"
    bad = SimpleUploadedFile("x.svg", b"<svg/>", content_type="image/svg+xml")
    answer = Client().post("/help/pt/contact/", {**form, "files": [bad]})
    assert (
        answer.status_code == 400 and PORTAL_WORDS["pt"]["type"] in text(answer) and "See the picture." in text(answer)
    )
    assert Client().post("/help/en/contact/", form, CONTENT_LENGTH="20000000").status_code == 413
    assert Ticket.objects.count() == 1


def test_the_other_languages_keep_the_page(cast, signed_in):
    ticket, client = at_noon(cast.ben), signed_in(cast.ben)
    assert f'href="{of(ticket, "es")}"' in text(client.get(of(ticket)))
    assert 'href="/help/pt/requests/?show=closed&amp;page=1"' in text(client.get(LIST, {"show": "closed"}))
    assert 'lang="es"' in text(client.get(of(ticket, "es"))) and PORTAL_WORDS["es"]["reply"] in text(
        client.get(of(ticket, "es"))
    )


def test_no_page_is_kept_in_a_cache_or_found_by_a_search_engine(cast, signed_in):
    ticket, client = at_noon(cast.ben), signed_in(cast.ben)
    for browser, address in ((Client(), LIST), (client, LIST), (client, of(ticket)), (client, f"{LIST}FIN-999999/"),
                             (Client(), of(ticket)), (client, "/help/en/contact/")):  # fmt: skip
        answer = browser.get(address)
        assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store", "noindex")
        assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_an_unknown_act_changes_nothing_and_too_many_are_asked_to_wait(cast, signed_in, monkeypatch):
    ticket, client = at_noon(cast.ben), signed_in(cast.ben)
    assert client.post(of(ticket), {"do": "close"}).status_code == 400
    assert client.put(of(ticket)).status_code == 405
    monkeypatch.setattr("tickets.portal.doors.ACTS_A_MINUTE", 0)
    answer = client.post(of(ticket), {"do": "reply", "body": "x"})
    assert answer.status_code == 429 and answer["Retry-After"]
    assert ticket.replies.count() == 1


def test_each_list_and_each_request_cost_the_same_statements_however_much_they_hold(cast, signed_in):
    ticket, client = at_noon(cast.ben), signed_in(cast.ben)

    def cost(address):
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    few = [cost(LIST), cost(of(ticket))]
    for number in range(20):
        at_noon(cast.bea)
        do(reply_to_ticket, ticket, body=f"line {number}", by=cast.ben.user, at=timezone.now())
    assert [cost(LIST), cost(of(ticket))] == few
