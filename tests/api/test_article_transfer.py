"""Whole knowledge bases in and out by the API: the same report, the same rule of who reads what."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from knowledge.models import Article, ImportedArticle
from tests.knowledge.exporting import PLACES, zendesk, zipped
from tests.knowledge.library import publish

IMPORT, EXPORT = "/api/v1/articles/import/", "/api/v1/articles/export/"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def send(client, content, name="a.json", **said):
    file = SimpleUploadedFile(name, content)
    return client.post(IMPORT, {"source": "zendesk", "file": file, **said}, format="multipart")


def test_an_export_is_tried_then_brought_in_and_not_doubled(cast, api, media):
    eve = api(cast.eve)
    tried = send(eve, zendesk({}, {"section_id": 9}), dry_run="true")
    assert tried.status_code == 200, tried.content
    assert tried.json()["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "refused": 1}
    assert tried.json()["items"][1]["problems"][0]["field"] == "category" and not ImportedArticle.objects.exists()
    done = send(eve, zendesk({}, {"section_id": 9}), category="technical")
    assert done.json()["counts"]["created"] == 2 and done.json()["items"][0]["languages"] == ["en"]
    assert send(eve, zendesk({}, {"section_id": 9})).json()["counts"]["unchanged"] == 2
    assert not list((media / "imports").iterdir())


@pytest.mark.parametrize("source", ["gitbook", "notion"])
def test_a_zip_of_a_folder_comes_in(cast, api, source):
    said = {"source": source, "category": "technical", "name": "x.zip"}
    answer = send(api(cast.eve), zipped(PLACES[source]), **said)
    assert answer.status_code == 200 and answer.json()["counts"]["created"] == 4


@pytest.mark.parametrize(
    ("content", "said", "field"),
    [
        (zendesk({}), {"source": "wordpress"}, "source"),
        (zendesk({}), {"category": "nowhere"}, "category"),
        (zendesk({}), {"language": "fr"}, "language"),
        (zendesk({}), {"colour": "red"}, "colour"),
        (b"", {}, "file"),
        (zipped(**{"../x.md": "x"}), {"source": "notion", "name": "x.zip"}, "file"),
        (b"PK\x05\x06" + b"\x00" * 10, {"source": "notion", "name": "x.zip"}, ""),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(cast, api, content, said, field, media):
    answer = send(api(cast.eve), content, **said)
    if field:
        assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == field
    else:
        assert answer.status_code == 200 and answer.json()["counts"]["created"] == 0
    assert not ImportedArticle.objects.exists() and not list(media.glob("imports/*"))


def test_customers_bring_in_nothing_and_read_out_what_is_public(cast, api):
    publish("inner", title="Innermost", audience="support_team")
    before = Article.objects.count()
    assert send(api(cast.ben), zendesk({})).status_code == 403 and Article.objects.count() == before
    public, staff = (b"".join(api(one).get(EXPORT).streaming_content) for one in (cast.ben, cast.tom))
    assert b"nnermost" not in public and b"data-sync-problems" in public and b"nnermost" in staff
    answer = api(cast.ben).get(EXPORT, {"format": "markdown"})
    assert answer["Content-Type"] == "application/zip" and b"".join(answer.streaming_content).startswith(b"PK")
    assert api(cast.ben).get(EXPORT, {"format": "docx"}).json()["errors"][0]["field"] == "format"
    assert api(cast.ben).get(EXPORT, {"colour": "red"}).json()["errors"][0]["field"] == "colour"
    assert api().get(EXPORT).status_code == 401
