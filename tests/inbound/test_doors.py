"""SMTP, LMTP and HTTP: “taken” is said only when the mail is committed, and the same mail gets the same answer."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from rest_framework.test import APIClient

from communications.inbound import smtp_door
from communications.inbound.keep import Envelope
from communications.inbound.limits import LARGEST_MAIL
from communications.inbound.smtp_door import Listen, answer_to, doors_of, open_door
from communications.models import Door, InboundMail
from financy_support.supervisor.ports import is_taken
from tests.api.conftest import issue
from tests.cast import hire_cast
from tests.communications.processes import eventually, running
from tests.conftest import NOON
from tests.inbound.conftest import raw
from tests.sinks.smtp import SmtpSink
from tickets.take_in import take_in

ADDRESS = "/api/v1/inbound/mail/"


@contextmanager
def listening(kind: str) -> Iterator[int]:
    """A door in a thread, on a port of its own."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(open_door(Listen(kind, "127.0.0.1", 0)))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


class Lmtp(smtplib.LMTP):
    """As a mail server speaks it: after the words it waits for an answer to each recipient (RFC 2033 §4.2)."""

    def sendmail(self, sender, recipients, content):
        self.answers = len(recipients)
        return super().sendmail(sender, recipients, content)

    def data(self, content):
        answers = [super().data(content), *(self.getreply() for _ in range(self.answers - 1))]
        assert len({code for code, _ in answers}) == 1
        return answers[0]


@pytest.mark.parametrize(("kind", "client"), [("smtp", smtplib.SMTP), ("lmtp", Lmtp)])
def test_a_mail_is_taken_once_and_only_for_the_desk(committed_db, kind, client):
    content = raw()
    with listening(kind) as port, client("127.0.0.1", port) as line:
        for _ in range(2):
            line.sendmail("ben@example.com", ["support@financy.example", "support+x@financy.example"], content)
        line.sendmail("", ["support@financy.example"], raw(subject="null path"))
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            line.sendmail("ben@example.com", ["carmen@example.com"], content)
    first, null = InboundMail.objects.order_by("id")
    assert bytes(first.raw.content) == content
    assert (first.door, first.envelope_from) == (kind, "ben@example.com")
    assert first.envelope_to == ["support@financy.example", "support+x@financy.example"]
    assert null.envelope_from == ""


def test_a_mail_that_is_too_large_is_refused_for_good(committed_db):
    with listening("smtp") as port, smtplib.SMTP("127.0.0.1", port) as line:
        line.ehlo()
        assert int(line.esmtp_features["size"]) == LARGEST_MAIL
        code, _ = line.docmd("MAIL", f"FROM:<ben@example.com> SIZE={LARGEST_MAIL + 1}")
        assert code == 552
    assert answer_to(b"x" * (LARGEST_MAIL + 1), Door.SMTP, Envelope()).startswith("552")
    assert not InboundMail.objects.exists()


def test_while_the_database_is_away_the_sender_is_asked_to_come_again(db, monkeypatch, caplog):
    def away(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtp_door, "system_actor", away)
        assert answer_to(raw(), Door.SMTP, Envelope()).startswith("451")
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize("address", ["2526", "smtp://127.0.0.1", "http://127.0.0.1:80", "smtp://:25"])
def test_an_address_that_is_no_door_is_refused_by_name(address):
    with pytest.raises(ImproperlyConfigured, match="DESK_MAIL_LISTEN"):
        doors_of([address])


def test_the_http_door_keeps_a_raw_mail_and_answers_the_same_to_the_same(cast):
    client = gateway(cast)
    content = raw()
    answers = [
        client.post(f"{ADDRESS}?sender=&recipient=support@financy.example&x=1", content, content_type="message/rfc822")
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    mail = InboundMail.objects.get()
    assert bytes(mail.raw.content) == content
    assert (mail.envelope_from, mail.envelope_to) == ("", ["support@financy.example"])


def test_the_http_door_takes_any_content_type_and_more_than_a_mebibyte(cast):
    content = raw(body="words " * 400_000)
    assert gateway(cast).post(ADDRESS, content, content_type="application/octet-stream").status_code == 202
    assert InboundMail.objects.get().size == len(content)


def test_the_http_door_never_says_429_and_refuses_what_is_no_mail(cast, settings):
    settings.DESK_API_REQUESTS_PER_MINUTE = 1
    client = gateway(cast)
    for number in range(5):
        assert client.post(ADDRESS, raw(subject=f"mail {number}"), content_type="message/rfc822").status_code == 202
    assert client.post(ADDRESS, b"", content_type="message/rfc822").status_code == 400
    assert client.post(ADDRESS, b"x" * (LARGEST_MAIL + 1), content_type="message/rfc822").status_code == 413


def test_only_the_mail_gateway_s_token_opens_the_http_door(cast):
    for who, scopes in ((cast.monitor, ["tickets:write"]), (cast.tom, []), (cast.ada, ["mail:write"]), (cast.ben, [])):
        token, _ = issue(who, scopes)
        client = APIClient(headers={"Authorization": f"Bearer {token}"})
        assert client.post(ADDRESS, raw(), content_type="message/rfc822").status_code == 403, who
    assert APIClient().post(ADDRESS, raw(), content_type="message/rfc822").status_code == 401
    assert not InboundMail.objects.exists()


def gateway(cast: object) -> APIClient:
    """The tool that hands in mail."""
    token, _ = issue(cast.monitor, ["mail:write"])  # type: ignore[attr-defined]
    return APIClient(headers={"Authorization": f"Bearer {token}"})


def test_the_role_mail_listens_takes_in_and_ends_when_asked(committed_db):
    hire_cast()
    with SmtpSink() as sink, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DESK_MAIL_LISTEN", f"smtp://127.0.0.1:{port}")
            with running("mail", sink) as process:
                eventually(lambda: is_taken(port))
                with smtplib.SMTP("127.0.0.1", port) as line:
                    line.sendmail("ben@example.com", ["support@financy.example"], raw())
                assert take_in(NOON) == {"taken_in": 1}
                process.terminate()
                assert process.wait(30) == 0
    assert InboundMail.objects.get().became == "ticket"
