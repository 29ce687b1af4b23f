"""Files: handed in with words, listed, and downloaded only by those who may see the ticket."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.admin.page import open_page, press, text
from tests.make import make_ticket
from tickets.models import Attachment, Reply

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def ticket(cast):
    return make_ticket(cast.ana)


def upload(name="screen.png", content=PNG, kind="image/png"):
    return SimpleUploadedFile(name, content, kind)


def address(file):
    return f"/admin/tickets/ticket/{file.ticket_id}/files/{file.pk}/"


def test_files_go_with_a_note_and_are_saved_never_shown(cast, ticket, at_the_desk):
    tom = at_the_desk(cast.tom)
    press(tom, ticket, "note", body="see the files", attachments=[upload(), upload("log.txt", b"hello", "text/plain")])
    files = list(Attachment.objects.all())
    assert [file.name for file in files] == ["screen.png", "log.txt"]
    assert "screen.png" in text(open_page(tom, ticket))
    answer = tom.get(address(files[0]))
    assert b"".join(answer.streaming_content) == PNG
    assert answer.headers["Content-Disposition"] == 'attachment; filename="screen.png"'
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_file_of_a_hidden_ticket_answers_like_a_missing_one(cast, at_the_desk):
    secret, open_to_all = make_ticket(cast.ana, category="security"), make_ticket(cast.ana)
    press(at_the_desk(cast.sam), secret, "note", body="x", attachments=[upload()])
    file = Attachment.objects.get()
    tom = at_the_desk(cast.tom)
    assert tom.get(address(file)).status_code == 404
    assert tom.get(f"/admin/tickets/ticket/{open_to_all.pk}/files/{file.pk}/").status_code == 404
    assert at_the_desk(cast.eve).get(address(file)).status_code == 403
    assert at_the_desk(cast.sam).get(address(file)).status_code == 200


def test_a_file_that_is_not_taken_is_refused_by_name_and_the_words_are_kept(cast, ticket, at_the_desk):
    answer = press(
        at_the_desk(cast.tom), ticket, "reply", body="my words", attachments=[upload("page.html", b"<p>", "text/html")]
    )
    assert answer.status_code == 400
    page = text(answer)
    assert "page.html" in page
    assert "my words" in page
    assert not Reply.objects.filter(body="my words").exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_read(cast, ticket, at_the_desk, monkeypatch):
    monkeypatch.setattr("tickets.admin.forms.LARGEST_FILE", 10)
    answer = press(at_the_desk(cast.tom), ticket, "note", body="my words", attachments=[upload()])
    assert "screen.png” is larger than" in text(answer)
    assert "my words" in text(answer)


def test_a_file_that_left_the_disk_answers_like_a_missing_one(cast, ticket, at_the_desk, folder, tmp_path):
    tom = at_the_desk(cast.tom)
    press(tom, ticket, "note", body="x", attachments=[upload()])
    file = Attachment.objects.get()
    (tmp_path / file.path).unlink()
    assert tom.get(address(file)).status_code == 404
