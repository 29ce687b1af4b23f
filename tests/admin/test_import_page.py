"""The back office's page for imports: tried first, the report read, then brought in, by whoever uploaded it."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect

from knowledge.models import Article, ImportedArticle, Revision
from tests.browser import needs_browser
from tests.knowledge.exporting import PLACES, zendesk, zipped
from tests.knowledge.library import publish

PAGE = "/admin/knowledge/article/import/"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def try_it(client, content, name="a.json", source="zendesk", **said):
    form = {"source": source, "category": "", "language": "en", "file": SimpleUploadedFile(name, content), **said}
    shown = client.post(PAGE, form).content.decode()
    ticket = re.search(r'name="ticket" value="([^"]+)"', shown)
    return shown, ticket[1] if ticket else ""


def test_the_report_comes_first_then_exactly_that_file_is_brought_in(cast, at_the_desk, media):
    eve = at_the_desk(cast.eve)
    assert PAGE in eve.get("/admin/knowledge/article/").content.decode()
    shown, ticket = try_it(eve, zendesk({"title": "Lock <b>a</b> card"}, {"section_id": 9}))
    assert "nothing was written" in shown and "1 created" in shown and "is no category here" in shown
    assert "Lock &lt;b&gt;a&lt;/b&gt; card" in shown and not ImportedArticle.objects.exists()
    done = eve.post(PAGE, {"ticket": ticket}).content.decode()
    assert "as drafts in your name" in done and Revision.objects.filter(author=cast.eve).count() == 1
    assert not list(media.glob("imports/*"))
    assert "not kept any more" in eve.post(PAGE, {"ticket": ticket}).content.decode()


def test_a_made_up_ticket_and_somebody_else_s_are_refused(cast, at_the_desk):
    _, ticket = try_it(at_the_desk(cast.eve), zendesk({}))
    for said in (ticket, ticket[:-2], "x" * 50, "é\x00"):
        assert "somebody else" in at_the_desk(cast.tom).post(PAGE, {"ticket": said}).content.decode()
    assert not ImportedArticle.objects.exists()


@pytest.mark.parametrize(
    ("content", "said", "why"),
    [
        (zipped(**{"../x.md": "x"}), {"source": "notion", "name": "x.zip"}, "leads out of it"),
        (zendesk({}), {"source": "wordpress"}, "Choose one of"),
        (zendesk({}), {"category": "nowhere"}, "No such category"),
        (zendesk({}), {"language": "fr"}, "Choose en, pt or es"),
    ],
)
def test_what_cannot_be_taken_says_why_on_the_page(cast, at_the_desk, content, said, why):
    shown, ticket = try_it(at_the_desk(cast.eve), content, **said)
    assert why in shown and not ticket
    assert "Choose the file" in at_the_desk(cast.eve).post(PAGE, {"source": "zendesk"}).content.decode()


def test_it_is_for_staff_and_exports_what_the_viewer_reads(cast, at_the_desk, client):
    publish("inner", title="Innermost", audience="support_team")
    out = "/admin/knowledge/article/export/jsonl/"
    assert client.get(PAGE).status_code == client.get(out).status_code == 302
    for address in (PAGE, out):
        assert at_the_desk(cast.ben.user).get(address).status_code in (302, 403, 404)
    assert b"nnermost" in b"".join(at_the_desk(cast.tom).get(out).streaming_content)
    assert at_the_desk(cast.tom).get("/admin/knowledge/article/export/docx/").status_code == 403
    assert Article.objects.filter(code="inner").exists()


@needs_browser
def test_by_hand_from_the_list_to_the_drafts(desk, tmp_path):
    export = tmp_path / "book.zip"
    export.write_bytes(zipped(PLACES["gitbook"]))
    page = desk.sit_down(desk.cast.eve, width=390)
    page.goto(PAGE)
    page.get_by_label("Where it comes from").select_option("GitBook")
    page.get_by_label("The export", exact=True).set_input_files(export)
    page.get_by_label("Category of what fits none of ours").select_option("Technical Documentation")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("A dry run: nothing was written")).to_be_visible()
    expect(page.get_by_text("May become a runbook")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Bring this in").click()
    expect(page.get_by_text("as drafts in your name")).to_be_visible()
    assert Revision.objects.filter(author=desk.cast.eve, state="draft").count() == 4
    assert desk.complaints == []
