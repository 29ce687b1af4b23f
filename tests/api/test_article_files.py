"""Files and lessons of articles as programs hand them in and fetch them; readers get what signed words name."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from knowledge.models import ArticleFile, LearningResource
from knowledge.workflow.add_file import add_file
from tests.knowledge.library import publish
from tests.knowledge.pictures import png
from tests.knowledge.steps import act


def send(client, number, name="a.png", content=None, kind="text/html"):
    file = SimpleUploadedFile(name, png(4, 3) if content is None else content, kind)
    return client.post(f"/api/v1/articles/{number}/files/", {"file": file}, format="multipart")


def test_a_file_is_handed_in_listed_and_fetched_by_those_who_write(cast, api):
    translation = publish("quokka", plain="![A](file:a.png)")
    answer = send(api(cast.eve), translation.pk)
    assert answer.status_code == 201, answer.content
    kept = answer.json()
    assert (kept["name"], kept["content_type"], kept["width"], kept["height"]) == ("a.png", "image/png", 4, 3)
    assert api(cast.tom).get(f"/api/v1/articles/{translation.pk}/files/").json()["results"] == [kept]
    assert api(cast.tom).get(f"/api/v1/articles/files/{kept['id']}/").content == png(4, 3)


def test_a_customer_gets_what_published_words_name_and_hands_in_nothing(cast, api):
    translation = publish("quokka", plain="![A](file:a.png)")
    named = act(add_file, translation.article, name="a.png", content=png(2, 2), by=cast.eve)
    other = act(add_file, translation.article, name="b.png", content=png(2, 2), by=cast.eve)
    ben = api(cast.ben)
    assert [one["name"] for one in ben.get(f"/api/v1/articles/{translation.pk}/files/").json()["results"]] == ["a.png"]
    assert ben.get(f"/api/v1/articles/files/{named.pk}/").status_code == 200
    assert ben.get(f"/api/v1/articles/files/{other.pk}/").status_code == 404
    assert send(ben, translation.pk, name="c.png").status_code == 403


@pytest.mark.parametrize("why", [{"audience": "support_team"}, {"withdrawn_at": "2026-01-01T00:00Z"}])
def test_files_and_lessons_of_a_hidden_article_are_missing(cast, api, why):
    translation = publish("quokka", plain="![A](file:a.png)", **why)
    file = act(add_file, translation.article, name="a.png", content=png(2, 2), by=cast.eve)
    ben = api(cast.ben)
    for address in (f"{translation.pk}/files/", f"{translation.pk}/learning/", f"files/{file.pk}/"):
        hidden, missing = ben.get(f"/api/v1/articles/{address}"), ben.get("/api/v1/articles/files/999999/")
        assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert send(ben, translation.pk).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.html", b"<p>", "type"),
        ("a.png", b"<p>", "type"),
        ("a.txt", b"", "empty"),
        ("a.txt", b"x" * (5 * 2**20 + 1), "too_large"),
    ],
)
def test_what_is_not_taken_is_refused_by_name(cast, api, name, content, code):
    translation = publish("quokka")
    answer = send(api(cast.eve), translation.pk, name=name, content=content)
    assert answer.status_code == 400 and answer.json()["errors"][0]["code"] == code
    assert not ArticleFile.objects.exists()


def test_a_form_too_large_to_take_is_refused_before_it_is_read(cast, api):
    address = f"/api/v1/articles/{publish('quokka').pk}/files/"
    form = {"content_type": "multipart/form-data; boundary=x", "CONTENT_LENGTH": str(2**31)}
    assert api(cast.eve).generic("POST", address, b"--x--", **form).status_code == 413


def test_a_lesson_is_added_listed_and_taken_away(cast, api):
    translation = publish("quokka")
    address, eve = f"/api/v1/articles/{translation.pk}/learning/", api(cast.eve)
    said = {"kind": "course", "title": "All of it", "address": "https://financy.teachable.com/p/a", "language": "es"}
    made = eve.post(address, said)
    assert made.status_code == 201 and made.json() == {"id": made.json()["id"], **said}
    assert api(cast.ben).get(address).json()["results"] == [made.json()]
    bad = eve.post(address, {**said, "address": "https://evil.example/"})
    assert bad.status_code == 400 and bad.json()["errors"][0]["field"] == "address"
    assert eve.post(address, said).status_code == 409
    assert api(cast.ben).post(address, said).status_code == 403
    gone = f"/api/v1/articles/learning/{made.json()['id']}/remove/"
    assert api(cast.ben).post(gone, {}).status_code in (403, 404) and LearningResource.objects.count() == 1
    assert eve.post(gone, {}).status_code == 200 and eve.post(gone, {}).status_code == 404
