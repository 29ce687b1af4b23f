"""The local mailbox: mails of a trial desk, as text, for administrators."""

import pytest

from tests.admin.page import text

NAME = "20261123T120000.000001Z-1.eml"
MAIL = (
    b"X-Envelope-From: support@financy.example\r\nX-Envelope-To: ana@example.com\r\n"
    b"From: Support <s@financy.example>\r\n"
    b"To: ana@example.com\r\nSubject: =?utf-8?q?Ol=C3=A1?= <script>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    + "Olá <img src=x onerror=alert(1)>\r\n".encode()
)


@pytest.fixture
def box(settings, tmp_path):
    settings.DESK_MAILBOX = tmp_path
    (tmp_path / NAME).write_bytes(MAIL)
    (tmp_path / ".hidden.eml.new").write_bytes(b"half a mail")
    return tmp_path


def test_mails_are_listed_and_read_as_text(cast, at_the_desk, box):
    ada = at_the_desk(cast.ada)
    assert "ana@example.com" in text(ada.get("/admin/mailbox/"))
    page = text(ada.get(f"/admin/mailbox/{NAME}/"))
    assert "Olá &lt;img src=x onerror=alert(1)&gt;" in page
    assert "Olá &lt;script&gt;" in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", ".hidden.eml.new", "20261123T120000.000001Z-2.eml"])
def test_nothing_but_a_mail_can_be_read(cast, at_the_desk, box, name):
    assert at_the_desk(cast.ada).get(f"/admin/mailbox/{name}/").status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"Content-Type: text/plain; charset=klingon\r\n\r\n\xe9",
     b"Content-Type: multipart/mixed\r\n\r\nx",
     b"Subject: =?utf-8?b?////?=\r\nTo: \xff\r\n\r\nx"],
)  # fmt: skip
def test_a_damaged_mail_breaks_no_page(cast, at_the_desk, box, content):
    (box / NAME).write_bytes(content)
    ada = at_the_desk(cast.ada)
    assert ada.get("/admin/mailbox/").status_code == 200
    assert ada.get(f"/admin/mailbox/{NAME}/").status_code == 200


def test_it_is_for_administrators_and_closed_in_production(cast, at_the_desk, box, settings):
    assert at_the_desk(cast.tom).get("/admin/mailbox/").status_code == 404
    settings.PRODUCTION = True
    assert at_the_desk(cast.ada).get("/admin/mailbox/").status_code == 404


def test_an_empty_mailbox_says_what_to_do(cast, at_the_desk, settings, tmp_path):
    settings.DESK_MAILBOX = tmp_path / "none"
    assert "No mail yet" in text(at_the_desk(cast.ada).get("/admin/mailbox/"))
