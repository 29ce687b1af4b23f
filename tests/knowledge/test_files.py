"""Pictures and attachments of articles: told by their bytes, signed with the words, shown to whoever reads the page."""

from __future__ import annotations

from contextlib import suppress
from itertools import product

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect

from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.completeness import missing_parts
from knowledge.elsewhere import host_of, is_lesson
from knowledge.files import ENDINGS, LARGEST_FILE, kind_of, stable_name
from knowledge.help_centre.words import WORDS
from knowledge.markdown import Shown, files_named, html_of
from knowledge.models import ArticleFile, LearningResource, Translation
from knowledge.workflow.add_file import add_file
from knowledge.workflow.begin_revision import begin_revision
from knowledge.workflow.edit_draft import edit_draft
from knowledge.workflow.keep_learning import add_learning, remove_learning
from knowledge.workflow.submit_revision import submit_revision
from tests.browser import needs_browser
from tests.conftest import NOON
from tests.knowledge.library import publish
from tests.knowledge.pictures import GIF, JPEG, WEBP_EXTENDED, WEBP_LOSSLESS, WEBP_LOSSY, png
from tests.knowledge.steps import BODY, act, approved, leave

SEEN = "![The red button](file:button.png) and [the list](file:list.csv)"


def html(markdown):
    known = {"a.png": Shown("/help/en/x/files/a.png", 30, 20), "b.pdf": Shown("/help/en/x/files/b.pdf")}
    return html_of(markdown, address_of=lambda code: None, file_of=known.get)


@pytest.mark.parametrize(
    ("content", "name", "width", "height"),
    [
        (png(30, 20), "x.png", 30, 20),
        (GIF, "x.gif", 30, 20),
        (JPEG, "x.jpg", 30, 20),
        (JPEG, "x.jpeg", 30, 20),
        (WEBP_EXTENDED, "x.webp", 30, 20),
        (WEBP_LOSSLESS, "x.webp", 30, 20),
        (WEBP_LOSSY, "x.webp", 30, 20),
        (b"%PDF-1.7", "x.pdf", None, None),
        ("a;ção".encode(), "x.csv", None, None),
    ],
)
def test_what_a_file_is_and_how_large_a_picture_is_its_bytes_tell(content, name, width, height):
    assert kind_of(content, name)[1:] == (width, height)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "x.svg"),
        (b"<script>alert(1)</script>", "x.html"),
        (b"<script>alert(1)</script>", "x.png"),
        (b"\x00\x01", "x.txt"),
        (png(), "x.pdf"),
        (b"MZ\x90\x00\x03", "x.exe"),
        (b"\xff\xd8\xff", "x.jpg"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00", "x.png"),
        (png(1, 1).replace(b"IHDR\x00\x00\x00\x01", b"IHDR\xff\xff\xff\xff"), "x.png"),
    ],
)
def test_what_a_browser_might_run_or_what_is_another_thing_inside_is_refused(content, name):
    with pytest.raises(Invalid):
        kind_of(content, name)


@given(
    st.binary(max_size=64),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0", b"RIFF0000WEBP"]),
)
def test_whatever_bytes_come_they_are_taken_or_refused_and_break_nothing(some, beginning):
    for name in ("x.png", "x.jpg", "x.webp", "x.txt"):
        with suppress(Invalid):
            assert kind_of(beginning + some, name).content_type in ENDINGS


@given(st.text())
def test_whatever_a_file_is_called_words_can_name_it(typed):
    name = stable_name(f"{typed}.png")
    assert name.endswith(".png") and files_named(f"![x](file:{name})") == [name]


def test_a_picture_is_shown_with_its_size_and_no_other_host_is_asked():
    shown = html("![The **red** button](file:a.png)\n\n![far](https://tracker.example/x.png) ![gone](file:no.png)")
    assert 'src="/help/en/x/files/a.png"' in shown and 'width="30" height="20"' in shown
    assert 'alt="The red button"' in shown and 'loading="lazy"' in shown
    assert shown.count("<img") == 1 and "tracker" not in shown and "far gone" in shown


def test_an_attachment_is_linked_and_one_that_readers_lack_keeps_its_words():
    shown = html("[the form](file:b.pdf) and [another](file:no.pdf), ![no picture](file:b.pdf)")
    assert '<a href="/help/en/x/files/b.pdf"' in shown and "another" in shown and shown.count("<a ") == 1
    assert "<img" not in shown and "file:" not in shown


@pytest.mark.parametrize(
    ("typed", "title", "host"),
    [
        ("[See it done](https://www.loom.com/share/a_b_c)", "See it done", "loom.com"),
        ("https://www.loom.com/share/a_b_c", "Video", "loom.com"),
        ("<https://vimeo.com/12?share=copy>", "Video", "vimeo.com"),
        ("[x](https://www.youtube-nocookie.com/embed/1)", "x", "youtube-nocookie.com"),
    ],
)
def test_a_line_that_links_to_a_video_is_a_card_and_loads_nothing(typed, title, host):
    shown = html(f"Before\n\n{typed}\n\nAfter")
    assert 'class="video"' in shown and f"<strong>{title}</strong> {host}</a>" in shown and "<iframe" not in shown


@pytest.mark.parametrize(
    "typed",
    [
        "[x](https://www.loom.com.evil.example/a)",
        "[x](https://evil.example/www.loom.com)",
        "[x](https://www.loom.com@evil.example/)",
        "[x](http://www.loom.com/share/1)",
        "See [x](https://www.loom.com/share/1) first.",
        "[x](https://www.loom.com/1) [y](https://evil.example/)",
        "https://evil.example/",
    ],
)
def test_links_to_other_hosts_or_within_a_sentence_stay_links(typed):
    assert 'class="video"' not in html(typed)


@given(st.text())
def test_whatever_address_is_typed_only_a_known_host_is_a_lesson(typed):
    for address in (typed, f"https://{typed}", f"https://www.loom.com{typed}"):
        assert not is_lesson(address) or host_of(address).endswith(
            ("loom.com", "vimeo.com", ".teachable.com", "youtu.be")
        )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("![](file:button.png)", "no_alternative_text"),
        ("![The button](file:other.png)", "no_such_file"),
        ("[The list](file:other.csv)", "no_such_file"),
        ("![The list](file:list.csv)", "not_a_picture"),
        ("![The button](https://example.com/x.png)", "picture_elsewhere"),
    ],
)
def test_the_checklist_refuses_a_picture_that_says_nothing_or_is_not_there(words, code):
    facts = {"title": "T", "summary": "S", "keywords": "k", "language": "en", "known_codes": ()}
    known = {"button.png": True, "list.csv": False}
    assert [one.code for one in missing_parts(body=f"{BODY}\n{words}", known_files=known, **facts)] == [code]
    assert missing_parts(body=f"{BODY}\n{SEEN}", known_files=known, **facts) == []


def test_a_picture_goes_with_the_words_from_the_draft_to_the_readers(draft, team, client):
    article = draft.translation.article
    act(edit_draft, draft, body=f"{BODY}\n{SEEN}", by=team.eve)
    with pytest.raises(Invalid, match="things are missing"):
        act(submit_revision, draft, by=team.eve)
    kept = act(add_file, article, name="C:\\Pictures\\Button.PNG", content=png(30, 20), by=team.tom)
    act(add_file, article, name="list.csv", content=b"a,b", by=team.eve)
    act(add_file, article, name="unnamed.txt", content=b"never signed", by=team.eve)
    assert (kept.name, kept.width, kept.height) == ("button.png", 30, 20)
    approved(draft, team)
    assert client.get("/help/en/lock-a-lost-card/files/button.png").status_code == 404
    leave(team)
    page = client.get("/help/en/lock-a-lost-card/").content.decode()
    assert '<img src="/help/en/lock-a-lost-card/files/button.png"' in page
    picture = client.get("/help/en/lock-a-lost-card/files/button.png")
    assert (picture.status_code, picture["Content-Type"], picture.content) == (200, "image/png", png(30, 20))
    assert picture["X-Content-Type-Options"] == "nosniff" and picture["Content-Security-Policy"].startswith("sandbox")
    listed = client.get("/help/en/lock-a-lost-card/files/list.csv")
    assert listed["Content-Type"].startswith("text/plain") and listed["Content-Disposition"].startswith("attachment")
    assert client.get("/help/en/lock-a-lost-card/files/unnamed.txt").status_code == 404


def test_what_was_signed_cannot_be_exchanged_under_its_name(draft, team):
    article = draft.translation.article
    first = act(add_file, article, name="a.png", content=png(2, 2), by=team.eve)
    assert act(add_file, article, name="a.png", content=png(2, 2), by=team.tom).pk == first.pk
    with pytest.raises(Conflict, match="another name"):
        act(add_file, article, name="a.png", content=png(3, 3), by=team.eve)
    with pytest.raises(DatabaseError), transaction.atomic(), acting(by=team.ada, channel="test"):
        ArticleFile.objects.update(content=b"other")
    assert ArticleFile.objects.count() == 1


def test_too_large_empty_and_strangers_files_are_refused(draft, team):
    article = draft.translation.article
    for content in (b"", b"x" * (LARGEST_FILE + 1)):
        with pytest.raises(Invalid):
            act(add_file, article, name="a.txt", content=content, by=team.eve)
    with pytest.raises(NotAllowed):
        act(add_file, article, name="a.txt", content=b"a", by=team.ben.user)
    assert not ArticleFile.objects.exists()


LEAVES = [{}, {"retired_at": NOON}, {"withdrawn_at": NOON}]


@pytest.mark.parametrize(("audience", "leaves"), list(product(["", "all_users", "support_team", "developers"], LEAVES)))
@pytest.mark.parametrize("is_published", [True, False])
@pytest.mark.parametrize("is_named", [True, False])
def test_a_file_is_served_exactly_when_its_page_is_public_and_names_it(cast, audience, leaves, is_published, is_named):
    translation = publish("quokka", plain=SEEN if is_named else "Nothing.", audience=audience, **leaves)
    guide = system_actor(SystemActor.GUIDE)
    with acting(by=guide, channel="test"):
        for name, content in (("button.png", png(2, 2)), ("list.csv", b"a")):
            ArticleFile.objects.create(
                article=translation.article, name=name, content_type="text/plain", size=1, sha256="", content=content,
                created_at=NOON, by=guide,
            )  # fmt: skip
        if not is_published:
            Translation.objects.filter(pk=translation.pk).update(current=None, title="", summary="", plain="")
    is_public = Translation.objects.public().filter(pk=translation.pk).exists()
    for client in (Client(), logged_in(cast.tom)):
        for name in ("button.png", "list.csv"):
            answer = client.get(f"/help/en/quokka/files/{name}")
            assert (answer.status_code == 200) == (is_public and is_named)
            if answer.status_code == 404:
                assert answer.content == client.get("/help/en/nothing/files/none.png").content == b""


def logged_in(person):
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "%00", "a" * 500, "button.png/"])
def test_odd_names_find_nothing(db, client, name):
    assert client.get(f"/help/en/data-sync-problems/files/{name}").status_code == 404


def test_lessons_are_shown_below_the_article_in_the_reader_s_language(team, client):
    article = Translation.objects.get(article__code="data-sync-problems", language="pt").article
    place = "https://financy.teachable.com/p/sync"
    course = act(add_learning, article, kind="course", title="Sync <in> depth", address=place, by=team.eve)
    video = {"kind": "video", "title": "Só em português", "address": "https://www.loom.com/share/1", "language": "pt"}
    act(add_learning, article, **video, by=team.eve)
    for language in ("en", "pt", "es"):
        slug = Translation.objects.get(article=article, language=language).slug
        page = client.get(f"/help/{language}/{slug}/").content.decode()
        assert WORDS[language]["learn_more"] in page and "Sync &lt;in&gt; depth" in page and place in page
        assert ("Só em português" in page) == (language == "pt")
    act(remove_learning, course, by=team.eve)
    assert LearningResource.objects.count() == 1 and LearningResource.history.filter(history_type="-").exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"address": "https://evil.example/"}, "address"),
        ({"address": "https://teachable.com.evil.example/"}, "address"),
        ({"address": "javascript:alert(1)//www.loom.com"}, "address"),
        ({"address": "https://www.loom.com/" + "x" * 500}, "address"),
        ({"kind": "song"}, "kind"),
        ({"title": " "}, "title"),
        ({"language": "fr"}, "language"),
    ],
)
def test_a_lesson_elsewhere_than_at_the_known_hosts_is_refused_by_name(draft, team, said, field):
    good = {"kind": "video", "title": "T", "address": "https://www.loom.com/share/1", "language": ""}
    with pytest.raises(Invalid) as refusal:
        act(add_learning, draft.translation.article, **{**good, **said}, by=team.eve)
    assert [one.field for one in refusal.value.problems] == [field]


@pytest.fixture
def page(cast):
    """Eve's browser, and what it says after each form."""
    return logged_in(cast.eve)


def test_by_the_back_office_a_file_and_a_lesson_are_added_and_shown(draft, page):
    article = draft.translation.article
    address = f"/admin/knowledge/article/{article.pk}/"
    said = page.post(f"{address}do/add-file/", {"file": SimpleUploadedFile("B.png", png(4, 3))}, follow=True)
    assert "file:b.png" in said.content.decode() and "4 × 3" in said.content.decode()
    assert page.get(f"{address}files/b.png").content == png(4, 3)
    assert page.get(f"{address}files/c.png").status_code == 404
    evil = page.post(f"{address}do/add-file/", {"file": SimpleUploadedFile("b.svg", b"<svg/>")}, follow=True)
    assert "is not taken" in evil.content.decode()
    assert "Choose a file" in page.post(f"{address}do/add-file/", follow=True).content.decode()
    lesson = {"kind": "video", "title": "See it", "address": "https://www.loom.com/share/1"}
    assert "See it" in page.post(f"{address}do/learn/", lesson, follow=True).content.decode()
    gone = {"number": LearningResource.objects.get().pk}
    assert "See it" not in page.post(f"{address}do/unlearn/", gone, follow=True).content.decode()
    for odd in ("", "x", "9" * 50, "²"):
        assert page.post(f"{address}do/unlearn/", {"number": odd}).status_code == 302


def test_only_staff_see_files_of_drafts_in_the_back_office(draft, team, client):
    act(add_file, draft.translation.article, name="a.png", content=png(2, 2), by=team.eve)
    address = f"/admin/knowledge/article/{draft.translation.article_id}/files/a.png"
    assert client.get(address).status_code == 302
    assert logged_in(team.ben.user).get(address).status_code in (302, 403, 404)
    assert logged_in(team.tom).get(address).status_code == 200


@needs_browser
def test_nothing_is_asked_of_another_host_and_pictures_are_seen(desk):
    cast, asked = desk.cast, []
    words = f"## Problem\n\n![The red button](file:button.png)\n\n[See it done](https://www.loom.com/share/1)\n\n{SEEN}"
    translation = publish("quokka", title="Press the red button", plain=words)
    act(add_file, translation.article, name="button.png", content=png(1200, 500), by=cast.eve)
    act(add_file, translation.article, name="list.csv", content=b"a,b", by=cast.eve)
    act(add_learning, translation.article, kind="course", title="All of it", address="https://financy.teachable.com/p/a",
        by=cast.eve)  # fmt: skip
    for width in (390, 1280):
        page = desk.stranger(width=width)
        page.on("request", lambda request: asked.append(request.url))
        page.goto("/help/en/quokka/")
        expect(page.get_by_role("link", name="See it done loom.com")).to_be_visible()
        expect(page.get_by_role("heading", name="Learn more")).to_be_visible()
        page.locator(".text img").first.scroll_into_view_if_needed()  # the browser takes pictures when they come near
        expect(page.locator(".text img").first).to_have_js_property("naturalWidth", 1200)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert desk.complaints == [] and all(url.startswith(desk.address) for url in asked)


def test_the_next_wording_keeps_its_pictures(draft, team):
    act(add_file, draft.translation.article, name="button.png", content=png(2, 2), by=team.eve)
    act(add_file, draft.translation.article, name="list.csv", content=b"a", by=team.eve)
    act(edit_draft, draft, body=f"{BODY}\n{SEEN}", by=team.eve)
    approved(draft, team)
    leave(team)
    translated = act(begin_revision, draft.translation.article, language="pt", by=team.eve)
    assert files_named(translated.body) == ["button.png", "list.csv"]
