"""A mailbox is read over IMAP from a real server: each mail once, seen only when kept, whatever breaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from communications.inbound import mailbox
from communications.inbound.mailbox import InsecureMailbox, read_mailbox
from communications.models import InboundMail, MailboxPlace, MailState, ProviderAccount
from financy_support.desk.audit.acting import acting
from financy_support.management.commands.mail import look_into_mailboxes
from tests.conftest import NOON
from tests.inbound.conftest import address_of, raw
from tests.make import make_ticket
from tests.sinks.imap import PASSWORD, PROGRAM, ImapServer
from tickets.models import Ticket
from tickets.take_in import take_in

pytestmark = pytest.mark.skipif(not PROGRAM, reason="no dovecot on this machine: apt-get install dovecot-imapd")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ImapServer]:
    with ImapServer(tmp_path) as one:
        yield one


@pytest.fixture
def account(cast: Any, server: ImapServer) -> ProviderAccount:
    with acting(by=cast.ada, channel="test"):
        one = ProviderAccount(kind="imap", name="support", base_url=server.url, account="support")
        one.secret = PASSWORD
        one.save()
    return one


def test_m9_each_mail_is_kept_once_and_seen_only_then(server, account, cast):
    server.put(raw(subject="one"), raw(subject="two", sender="carmen@example.com"))
    assert server.seen() == 0
    assert read_mailbox(account, at=NOON) == 2
    assert server.seen() == 2
    assert read_mailbox(account, at=NOON) == 0
    take_in(NOON)
    assert Ticket.objects.count() == 2
    server.put(raw(subject="three", sender="dan@example.com"))
    assert read_mailbox(account, at=NOON) == 1
    assert InboundMail.objects.count() == 3


def test_m9_new_numbers_are_read_again_and_known_by_their_bytes(server, account):
    server.put(raw(subject="one"), raw(subject="two"))
    read_mailbox(account, at=NOON)
    before = MailboxPlace.objects.get().uid_validity
    MailboxPlace.objects.update(uid_validity=before - 1)
    read_mailbox(account, at=NOON)
    assert MailboxPlace.objects.get().uid_validity == before
    assert InboundMail.objects.count() == 2


def test_m9_what_was_kept_when_the_line_broke_is_not_kept_again(server, account, monkeypatch):
    server.put(raw(subject="one"), raw(subject="two"))

    def break_at_the_flag(*_: object) -> None:
        raise OSError("connection reset")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imapclient.IMAPClient.add_flags", break_at_the_flag)
        with pytest.raises(OSError, match="connection reset"):
            read_mailbox(account, at=NOON)
    assert (InboundMail.objects.count(), server.seen()) == (1, 0)
    MailboxPlace.objects.update(last_uid=0)  # killed before it was noted
    read_mailbox(account, at=NOON)
    assert (InboundMail.objects.count(), server.seen()) == (2, 2)


def test_a_mail_past_the_limit_is_parked_with_its_headers_and_stays_in_the_mailbox(server, account, monkeypatch):
    monkeypatch.setattr(mailbox, "LARGEST_MAIL", 2_000)
    server.put(raw(subject="large", body="words " * 1_000), raw(subject="small"))
    read_mailbox(account, at=NOON)
    assert take_in(NOON) == {"parked": 1, "taken_in": 1}
    large = InboundMail.objects.get(rule="too_large")
    assert large.state == MailState.PARKED and "is the most" in large.why
    assert b"Subject: large" in bytes(large.raw.content)
    assert large.size < 2_000


def test_one_past_the_limit_is_as_secret_as_the_ticket_it_answers(server, account, monkeypatch, cast):
    secret = make_ticket(cast.ben, category="security")
    monkeypatch.setattr(mailbox, "LARGEST_MAIL", 2_000)
    server.put(raw(subject="quokka", to=address_of(secret), body="words " * 1_000))
    read_mailbox(account, at=NOON)
    assert not InboundMail.objects.visible_to(cast.tom).exists()
    assert InboundMail.objects.visible_to(cast.ada).exists()
    take_in(NOON)
    assert not InboundMail.objects.visible_to(cast.tom).exists()
    assert InboundMail.objects.visible_to(cast.sam).get().rule == "too_large"


def test_a_mailbox_that_is_away_says_so_and_holds_up_no_other(server, account, cast):
    with acting(by=cast.ada, channel="test"):
        away = ProviderAccount(kind="imap", name="away", base_url="imap://127.0.0.1:1/INBOX", account="x")
        away.secret = "y"
        away.save()
    server.put(raw())
    assert look_into_mailboxes() == 1
    assert "refused" in MailboxPlace.objects.get(account=away).problem


def test_no_password_crosses_a_network_in_the_clear(cast):
    account = ProviderAccount(kind="imap", name="far", base_url="imap://mail.example.com/INBOX", account="x")
    with acting(by=cast.ada, channel="test"):
        account.secret = "y"
        account.save()
    with pytest.raises(InsecureMailbox):
        read_mailbox(account, at=NOON)


def test_what_the_server_understates_or_does_not_give_is_parked_and_the_next_is_read(server, account, monkeypatch):
    """Its word on the size is an estimate at some servers; of a broken mail some give no body."""
    server.put(raw(subject="large", body="x" * 5000), raw(subject="small"))
    monkeypatch.setattr(mailbox, "LARGEST_MAIL", 3000)
    fetch = mailbox.IMAPClient.fetch

    def understating(self, uids, parts):
        answer = fetch(self, uids, parts)
        for found in answer.values():
            if b"RFC822.SIZE" in found:
                found[b"RFC822.SIZE"] = 100
        return answer

    monkeypatch.setattr(mailbox.IMAPClient, "fetch", understating)
    assert read_mailbox(account, at=NOON) == 2
    take_in(NOON)
    large, small = InboundMail.objects.order_by("id")
    assert (large.state, large.rule, small.state) == (MailState.PARKED, "too_large", MailState.TAKEN_IN)
    assert b"Subject: large" in bytes(large.raw.content) and b"xxx" not in bytes(large.raw.content)

    def giving_nothing(self, uids, parts):
        answer = fetch(self, uids, parts)
        for found in answer.values():
            found.pop(b"BODY[]", None)
        return answer

    server.put(raw(subject="broken", sender="carmen@example.com"))
    monkeypatch.setattr(mailbox.IMAPClient, "fetch", giving_nothing)
    assert read_mailbox(account, at=NOON) == 1
    assert InboundMail.objects.latest("id").rule == "not_given"


def test_another_server_is_read_from_its_first_mail_though_its_numbers_are_known(server, account, cast, tmp_path):
    server.put(raw(subject="one"))
    read_mailbox(account, at=NOON)
    place = MailboxPlace.objects.get()
    assert read_mailbox(account, at=NOON) == 0
    (tmp_path / "other").mkdir()
    with ImapServer(tmp_path / "other") as other:
        other.put(raw(subject="another first", sender="carmen@example.com"))
        with acting(by=cast.ada, channel="test"):
            account.base_url = other.url
            account.save()
        # Both servers have given the same numbers.
        with pytest.MonkeyPatch.context() as patch:
            select = mailbox.IMAPClient.select_folder
            patch.setattr(
                mailbox.IMAPClient, "select_folder",
                lambda self, folder: {**select(self, folder), b"UIDVALIDITY": place.uid_validity},
            )  # fmt: skip
            assert read_mailbox(account, at=NOON) == 1
    assert MailboxPlace.objects.get().last_uid == place.last_uid == 1
    assert InboundMail.objects.count() == 2
