"""Files: they come with words, are kept under names of our own, and each download asks again who may."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.make import make_ticket
from tickets.models import Attachment


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def ticket(cast):
    return make_ticket(cast.ben)


def send(client, ticket, *files, **fields):
    path = f"/api/v1/tickets/{ticket.reference}/attachments/"
    headers = fields.pop("headers", {})
    return client.post(path, {"file": list(files), **fields}, format="multipart", headers=headers)


def file(name="statement.pdf", content=b"%PDF-1.4", content_type="application/pdf"):
    return SimpleUploadedFile(name, content, content_type)


def test_a_file_comes_with_a_reply_and_goes_out_as_a_download(cast, api, ticket):
    answer = send(api(cast.ben), ticket, file(), file("a.txt", b"words", "text/plain"), body="See these")
    assert answer.status_code == 201, answer.content
    assert answer.json()["body"] == "See these"
    first, second = answer.json()["attachments"]
    fetched = api(cast.tom).get(first["url"])
    assert b"".join(fetched.streaming_content) == b"%PDF-1.4"
    assert fetched["Content-Disposition"] == 'attachment; filename="statement.pdf"'
    assert fetched["X-Content-Type-Options"] == "nosniff" and fetched["Content-Security-Policy"].startswith("sandbox")
    assert api(cast.tom).get(second["url"])["Content-Type"] == "text/plain; charset=utf-8"
    listed = api(cast.ben).get(f"/api/v1/tickets/{ticket.reference}/attachments/").json()["results"]
    assert [row["name"] for row in listed] == ["statement.pdf", "a.txt"]


@pytest.mark.parametrize(
    "name", ["../../x.pdf", ".htaccess", "a.pht", "x" * 300 + ".pdf", "a\u202egpj.pdf", "a/b\\c.pdf", "\r\nX: y.pdf"]
)
def test_whatever_its_name_a_file_is_kept_under_a_name_of_ours(cast, api, ticket, name, media):
    assert send(api(cast.ben), ticket, file(name)).status_code == 201
    stored = Attachment.objects.get()
    assert re.fullmatch(r"[0-9a-f/]+", stored.path)
    assert "/" not in stored.name and "\u202e" not in stored.name and "\n" not in stored.name


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([file("x.svg", b"<svg/>", "image/svg+xml")], "type"),
        ([file("x.html", b"<p>", "text/html")], "type"),
        ([file(content=b"")], "empty"),
        ([file(content=b"x" * (10 * 1024 * 1024 + 1))], "too_large"),
        ([file() for _ in range(11)], "too_many"),
        ([], "required"),
    ],
)
def test_what_is_not_taken_is_refused_and_nothing_is_kept(cast, api, ticket, files, code):
    answer = send(api(cast.ben), ticket, *files)
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["code"] == code
    assert not Attachment.objects.exists() and ticket.replies.count() == 1


def test_a_form_too_large_to_take_is_refused_before_it_is_read(cast, api, ticket):
    path = f"/api/v1/tickets/{ticket.reference}/attachments/"
    answer = api(cast.ben).generic(
        "POST", path, b"--x--", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(2**31)
    )
    assert answer.status_code == 413


def test_files_of_internal_notes_are_not_for_customers(cast, api, ticket):
    answer = send(api(cast.tom), ticket, file(), is_internal="true", body="for us")
    assert answer.status_code == 201 and answer.json()["is_internal"] is True
    url = answer.json()["attachments"][0]["url"]
    assert api(cast.tina).get(url).status_code == 200
    ben = api(cast.ben)
    missing = ben.get(f"/api/v1/tickets/{ticket.reference}/attachments/999999999/")
    assert ben.get(url).status_code == 404 and ben.get(url).content == missing.content
    assert ben.get(f"/api/v1/tickets/{ticket.reference}/attachments/").json()["results"] == []
    assert send(ben, ticket, file(), is_internal="true").status_code == 403


def test_knowing_the_address_is_not_enough(cast, api, ticket):
    url = send(api(cast.ben), ticket, file()).json()["attachments"][0]["url"]
    other = make_ticket(cast.ana)
    assert api(cast.bea).get(url).status_code == 200  # their organisation shares
    assert {api(who).get(url).status_code for who in (cast.ana, cast.dan, cast.eve)} == {404}
    assert api().get(url).status_code == 401
    borrowed = url.replace(ticket.reference, other.reference)
    assert api(cast.tom).get(borrowed).status_code == api(cast.ana).get(borrowed).status_code == 404


def test_a_retried_form_is_the_same_form_though_its_boundary_differs(cast, api, ticket):
    ben, headers = api(cast.ben), {"Idempotency-Key": "f"}
    first = send(ben, ticket, file(), headers=headers)
    path = f"/api/v1/tickets/{ticket.reference}/attachments/"
    body = (
        b'--other\r\nContent-Disposition: form-data; name="file"; filename="statement.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%PDF-1.4\r\n--other--\r\n"
    )
    again = ben.generic("POST", path, body, content_type="multipart/form-data; boundary=other", headers=headers)
    assert (first.content, again["Idempotency-Replayed"]) == (again.content, "true")
    changed = send(ben, ticket, file(content=b"%PDF-1.5"), headers=headers)
    assert changed.status_code == 422
