"""What is written in a mail stays words: no header, path, page or placeholder is made of it (M10, H3, H4, H6)."""

from __future__ import annotations

import re

import pytest

from communications.inbound.parse import parse_mail
from communications.inbound.safe_html import has_remote
from communications.models import Became, InboundMail, MailState
from communications.outbox import deliver
from tests.api.conftest import client_with, issue
from tests.communications.conftest import SOON, sink  # noqa: F401  sink is a fixture
from tests.conftest import NOON
from tests.inbound.conftest import address_of, raw, said_about, ticket_of
from tests.make import do, make_ticket
from tickets.models import Ticket
from tickets.workflow.reply import reply_to_ticket

BREAKS = [
    "=?utf-8?q?Hi=0D=0ABcc:_all@example.com?=",
    "=?utf-8?b?SGkKQmNjOiBhbGxAZXhhbXBsZS5jb20=?=",
    "Hi =?utf-8?q?=00=0B=0C?= x",
    "=?utf-8?q?Hi=E2=80=A8Bcc:_all@example.com?=",
]
NAMES = [
    "../../x",
    "..\\\\..\\\\x",
    ".htaccess",
    "a.pht",
    "a" * 300,
    "\u202egnp.exe",
    "=?utf-8?q?a=00b=0D=0A.png?=",
    "con",
    "/etc/passwd",
]
LITERAL = ["{root_cause}", "{{ x }}", "%s", "\\g<0>", "[INCIDENT_START_TIME]", "${x}", "{reference}"]


@pytest.mark.parametrize("attack", BREAKS)
def test_m10_no_header_is_made_of_a_subject_or_a_name(arrives, cast, sink, attack):  # noqa: F811
    mail = arrives(subject=attack, sender=f'"{attack}" <mallory@example.net>')
    ticket = ticket_of(mail)
    assert not re.search(r"[\r\n\x00\u2028]", ticket.subject + ticket.customer.name)
    do(reply_to_ticket, ticket, by=cast.tom, at=NOON, body="Hello")
    deliver(SOON)
    assert len(sink.mails) == 2
    for sent in sink.mails:
        assert sent.recipients == ["mallory@example.net"]
        assert sent.parsed["Bcc"] is None


@pytest.mark.parametrize("name", NAMES)
def test_h4_a_file_s_name_is_only_shown(arrives, cast, settings, tmp_path, name):
    settings.MEDIA_ROOT = tmp_path
    (file,) = ticket_of(arrives(with_file(name, "image/png"))).attachments.all()
    assert re.fullmatch(r"[0-9a-f/]+", file.path)
    assert len(file.name) <= 200
    assert not re.search(r"[/\\\x00-\x1f\u202e]", file.name)


@pytest.mark.parametrize(
    "kind", ["image/svg+xml", "text/html", "application/xml", "application/x-msdownload", "image/png"]
)
def test_h3_a_file_is_saved_and_never_shown_and_what_could_run_goes_to_staff_alone(
    arrives, cast, settings, tmp_path, kind
):
    settings.MEDIA_ROOT = tmp_path
    ticket = ticket_of(arrives(with_file("a.file", kind)))
    (file,) = ticket.attachments.all()
    address = f"/api/v1/tickets/{ticket.reference}/attachments/{file.pk}/"
    is_plain = kind == "image/png"
    answer = client_with(issue(cast.tom, [])[0]).get(address)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Type"] == (kind if is_plain else "application/octet-stream")
    customer = client_with(issue(cast.ben, [])[0])
    assert customer.get(address).status_code == (200 if is_plain else 404)
    seen = customer.get(f"/api/v1/tickets/{ticket.reference}/").json()["conversation"][0]["attachments"]
    assert len(seen) == is_plain
    assert client_with(issue(cast.dan, [])[0]).get(address).status_code == 404  # H5


@pytest.mark.parametrize("words", LITERAL)
def test_h6_placeholders_in_a_customer_s_words_come_out_as_they_are(arrives, cast, sink, settings, words):  # noqa: F811
    settings.DESK_AUTHSERV_ID = "mx.financy.example"
    arrives(
        subject=f"About {words}",
        body=words,
        Authentication_Results="mx.financy.example; dmarc=pass header.from=example.com",
    )
    assert Ticket.objects.get().replies.get().body == words
    deliver(SOON)
    (greeting,) = sink.mails
    assert f"About {words}" in greeting.parsed["Subject"]


def with_file(name: str, kind: str) -> bytes:
    """A mail with one file."""
    part = f'Content-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n\nBYTES'
    body = f"--b\nContent-Type: text/plain\n\nSee\n--b\n{part}\n--b--"
    return raw(body=body, Content_Type='multipart/mixed; boundary="b"')


def test_mail_about_a_security_ticket_is_for_those_who_may_see_it_also_parked_and_twice(arrives, cast):
    ticket = make_ticket(cast.ana, category="security")
    answer = {"sender": "Ana <ana@example.com>", "to": address_of(ticket), "message_id": "<one@mail.example.com>"}
    first = arrives(**answer, body="my secret")
    second = arrives(**answer, body="my secret", Received="from elsewhere")
    staff = {"sender": "Tina <tina@financy.example>", "message_id": "<two@mail.example.com>"}
    parked = arrives(**{**answer, **staff}, body="as staff")
    assert (first.became, second.rule, parked.state) == (Became.REPLY, "known", MailState.PARKED)
    for mail in (first, second, parked):
        assert mail not in InboundMail.objects.visible_to(cast.tom), mail.rule
        assert mail in InboundMail.objects.visible_to(cast.sam), mail.rule


def test_a_page_of_a_mail_is_made_whatever_stands_in_it(arrives):
    parsed = parse_mail(raw("<img " * 1_000, Content_Type="text/html; charset=utf-8"))
    assert not has_remote(parsed)
    assert has_remote(parse_mail(raw("<p><IMG alt=x src = ' https://a.example/b'>", Content_Type="text/html")))
    assert not has_remote(parse_mail(raw("<p><img src='cid:x'> https://a.example", Content_Type="text/html")))


def test_mail_of_nobody_and_a_bounce_of_nothing_are_as_secret_as_the_thread_they_name(arrives, cast):
    to = address_of(make_ticket(cast.ana, category="security"))
    for mail in (
        arrives(sender="", to=to),
        arrives(
            sender="MAILER-DAEMON <mailer-daemon@example.com>", to=to, return_path="", Auto_Submitted="auto-replied"
        ),
    ):
        assert mail.state == MailState.PARKED
        assert mail in InboundMail.objects.visible_to(cast.sam), mail.rule
        assert mail not in InboundMail.objects.visible_to(cast.tom), mail.rule


def test_mail_that_nobody_could_read_is_as_secret_as_the_thread_that_its_headers_name(arrives, cast):
    ticket = make_ticket(cast.ana, category="security")
    ours = said_about(ticket)[0].message_id
    for named in ({"to": f"Help <{address_of(ticket)}>"}, {"In_Reply_To": ours}):
        mail = arrives(**named, body="<div>" * 300, Content_Type="text/html")
        assert (mail.rule, mail.suggested_id) == ("unreadable", ticket.pk)
        assert mail in InboundMail.objects.visible_to(cast.sam)
        assert mail not in InboundMail.objects.visible_to(cast.tom)
