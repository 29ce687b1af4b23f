"""Mails that kill readers: each is parked with its reason, and the mail behind it is taken in (M8, reliability 3e)."""

from __future__ import annotations

import pytest

from communications.inbound import parse
from communications.inbound.parse import Unreadable, parse_mail
from communications.models import Became, MailState
from tests.conftest import NOON
from tests.inbound.conftest import hand_in, raw
from tickets.take_in import take_in

HTML = {"Content_Type": "text/html"}


def nested(depth: int, kind: str) -> bytes:
    """Parts in parts."""
    if kind == "message/rfc822":
        return b"From: a@example.com\n" + b"Content-Type: message/rfc822\n\n" * depth + b"x"
    opened = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (at, at) for at in range(depth))
    return b"From: a@example.com\n" + opened + b"\nx"


POISON = {
    "multipart, 2,000 deep": nested(2_000, "multipart/mixed"),
    "multipart, 300 deep": nested(300, "multipart/mixed"),
    "multipart, 21 deep": nested(22, "multipart/mixed"),
    "forwarded mails, 2,000 deep": nested(2_000, "message/rfc822"),
    "From of 20,000 parentheses": raw(sender="(" * 20_000 + "a@example.com"),
    "From of 7,000 parentheses": raw(sender="(" * 7_000 + "a@example.com"),
    "Subject of 20,000 encoded words": raw(subject="\r\n ".join(["=?utf-8?q?=41?="] * 20_000)),
    "To of 20,000 addresses": raw(to=", ".join(f"a{number}@b.example" for number in range(20_000))),
    "To of 101 addresses": raw(to=", ".join(f"a{number}@b.example" for number in range(101))),
    "Content-Type of 5,000 parameters": raw(Content_Type="text/plain" + "".join(f"; a*{n}=b" for n in range(5_000))),
    "200 parts and one": raw(Content_Type='multipart/mixed; boundary="b"', body="--b\n\nx\n" * 201 + "--b--"),
    "div, 10,000 deep": raw("<div>" * 10_000, **HTML),
    "div, 20,000 deep": raw("<div>" * 20_000, **HTML),
    "div, 40,000 deep": raw("<div>" * 40_000, **HTML),
    "div, 80,000 deep": raw("<div>" * 80_000, **HTML),
    "unknown elements, 300 deep": raw("<x-y>" * 300, **HTML),
    "HTML of 300 KiB": raw("<p>" + "words " * 51_200, **HTML),
    "one header of 9 KiB": raw(X_Long="a" * 9_000),
    "headers of 65 KiB": raw(**{f"X_{number}": "a" * 1_000 for number in range(66)}),
}


@pytest.mark.parametrize("poison", POISON)
def test_m8_poison_is_parked_and_the_next_mail_is_taken_in(cast, poison):
    sick, next_one = hand_in(POISON[poison]), hand_in(raw(subject="next"))
    assert take_in(NOON) == {"parked": 1, "taken_in": 1}
    sick.refresh_from_db()
    next_one.refresh_from_db()
    assert (sick.state, sick.rule) == (MailState.PARKED, "unreadable")
    assert sick.why
    assert next_one.became == Became.TICKET


def test_m8_a_reader_that_takes_too_long_is_ended(monkeypatch, tmp_path):
    endless = tmp_path / "endless.py"
    endless.write_text("import sys, time\nsys.stdin.buffer.read()\ntime.sleep(3600)\n")
    monkeypatch.setattr(parse, "CHILD", endless)
    with pytest.raises(Unreadable, match="more than 0 seconds"):
        parse_mail(raw(), patience=0.3)


def test_m8_a_reader_that_is_killed_costs_only_its_mail(monkeypatch, tmp_path):
    dying = tmp_path / "dying.py"
    dying.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    monkeypatch.setattr(parse, "CHILD", dying)
    with pytest.raises(Unreadable, match="signal 9"):
        parse_mail(raw())


def test_m8_a_reader_may_not_use_more_than_its_memory(monkeypatch, tmp_path):
    greedy = tmp_path / "greedy.py"
    child = parse.CHILD.read_text().replace("content = sys.stdin.buffer.read()", "content = bytes(300 * 1024 * 1024)")
    greedy.write_text(child)
    monkeypatch.setattr(parse, "CHILD", greedy)
    with pytest.raises(Unreadable, match="could not be read|MemoryError"):
        parse_mail(raw())


def test_a_mail_of_the_largest_size_can_be_read():
    parsed = parse_mail(raw(Content_Type="application/pdf; name=a.pdf", body=("A" * 76 + "\n") * 330_000))
    assert [one.name for one in parsed.files] == ["a.pdf"]
