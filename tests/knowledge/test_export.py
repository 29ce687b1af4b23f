"""Articles go out as they are read, to nobody who may not read them, and come back as they were."""

from __future__ import annotations

import io
import json
import zipfile
from itertools import product

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.export import as_json_lines, as_markdown_zip
from knowledge.models import Article, ArticleFile, Category, Translation
from knowledge.workflow.add_file import add_file
from tests.conftest import NOON
from tests.knowledge.exporting import bring
from tests.knowledge.library import publish
from tests.knowledge.pictures import png
from tests.knowledge.steps import act
from tests.knowledge.test_import import draft_of, outcomes, rows

WORDS = "## Problem\r\n\nÀ *b* [x](article:open) <b>&amp;</b>\n\n![A](file:a.png)  \nline\n\n```\n{% code %}\n```\n"


@pytest.fixture
def shelf(cast):
    """Articles of every kind, one with a picture and two languages."""
    first = publish("quokka", title="Quokka — ü", keywords="a, b", summary="S", plain=WORDS)
    publish("open", plain="Plain.", audience="developers")
    publish("inner", title="Innermost", plain="Secret.", audience="support_team")
    publish("away", title="Awayness", plain="Gone.", retired_at=NOON)
    act(add_file, first.article, name="a.png", content=png(7, 5), by=cast.eve)
    act(add_file, first.article, name="unsigned.txt", content=b"nobody signed this", by=cast.eve)
    return cast


def exported(tmp_path, reader):
    path = tmp_path / f"articles{len(list(tmp_path.iterdir()))}.jsonl"
    path.write_bytes(b"".join(as_json_lines(reader)))
    return path


def lines(reader, kind):
    return [one[kind] for one in map(json.loads, as_json_lines(reader)) if kind in one]


@pytest.mark.parametrize("reader", ["tom", None])
def test_what_went_out_comes_in_again_and_changes_nothing(shelf, tmp_path, reader):
    path, before = exported(tmp_path, getattr(shelf, reader) if reader else None), rows()
    report = bring("zendesk", shelf.eve, path=path, category="")
    assert rows() == before
    assert report.counts["unchanged"] == len(report.items) == (26 if reader else 25)
    assert exported(tmp_path, getattr(shelf, reader) if reader else None).read_bytes() == path.read_bytes()


def test_in_another_desk_it_becomes_the_same_articles_as_drafts(shelf, tmp_path):
    path = exported(tmp_path, shelf.tom)
    said = path.read_text().replace("quokka", "wallaby")
    path.write_text(said.replace("Quokka", "Wallaby"))
    bring("zendesk", shelf.eve, path=path, category="")
    draft = draft_of("wallaby")
    source = Translation.objects.get(article__code="quokka").current
    assert (draft.body, draft.summary, draft.keywords) == (
        source.body.replace("\r\n", "\n"),
        source.summary,
        source.keywords,
    )
    assert draft.translation.article.category == source.translation.article.category
    assert bytes(ArticleFile.objects.get(article__code="wallaby").content) == png(7, 5)
    again = bring("zendesk", shelf.eve, path=path, category="")
    assert set(outcomes(again).values()) == {"unchanged"}


def test_the_objects_are_zendesk_s(shelf):
    article = next(one for one in lines(None, "article") if one["desk_code"] == "data-sync-problems")
    assert (
        article["locale"] == "en-us" and article["title"] == "Data Sync Problems" and article["body"].startswith("<h2")
    )
    assert article["user_segment_id"] is None and article["draft"] is False
    mine = [one for one in lines(None, "translation") if one["source_id"] == article["id"]]
    assert sorted(one["locale"] for one in mine) == ["en-us", "es", "pt-br"]
    section = next(one for one in lines(None, "section") if one["id"] == article["section_id"])
    assert section["category_id"] in [one["id"] for one in lines(None, "category")]
    file = lines(None, "article_attachment")[0]
    assert (file["file_name"], file["content_type"], file["inline"]) == ("a.png", "image/png", True)


@pytest.mark.parametrize("make", [as_json_lines, as_markdown_zip])
def test_the_public_gets_nothing_of_what_it_may_not_read(shelf, make):
    def words_of(reader):
        content = b"".join(make(reader))
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = b"\n".join(name.encode() + archive.read(name) for name in archive.namelist())
        return content

    for reader in (None, shelf.ben.user, shelf.monitor):
        said = words_of(reader)
        assert b"quokka" in said and b"open" in said
        for hidden in (b"nnermost", b"Secret.", b"wayness", b"unsigned", b"nobody signed", b"@financy.example"):
            assert hidden not in said
    assert b"nnermost" in words_of(shelf.tom) and b"wayness" not in words_of(shelf.tom)


@pytest.mark.parametrize(
    ("audience", "leaves", "is_published"),
    list(product(["", "all_users", "support_team"], [{}, {"retired_at": NOON}, {"withdrawn_at": NOON}], [True, False])),
)
def test_an_article_goes_out_exactly_to_whoever_may_read_it(cast, audience, leaves, is_published):
    translation = publish("zxquokka", plain="Words.", audience=audience, **leaves)
    with acting(by=system_actor(SystemActor.GUIDE), channel="test"):
        Article.objects.exclude(pk=translation.article_id).update(retired_at=NOON)  # the others would take their time
        if not is_published:
            Translation.objects.filter(pk=translation.pk).update(current=None, title="", summary="", plain="")
    for reader in (None, cast.ben.user, cast.tom):
        may = Translation.objects.visible_to(reader).filter(pk=translation.pk).exists()
        assert (b"zxquokka" in b"".join(as_json_lines(reader))) == may


def test_an_empty_category_is_not_named(cast):
    with acting(by=cast.ada, channel="test"):
        Category.objects.create(
            slug="secret-plans", name="Secret plans", name_pt="P", name_es="P", audience="support_team", rhythm="weekly"
        )
    assert b"ecret" not in b"".join(one for one in as_json_lines(None) if one.startswith((b'{"cat', b'{"sec')))


def test_markdown_has_its_facts_in_front_and_its_files_beside(shelf):
    with zipfile.ZipFile(io.BytesIO(b"".join(as_markdown_zip(shelf.tom)))) as archive:
        assert archive.testzip() is None
        text = archive.read("features/quokka.en.md").decode()
        _, front, body = text.split("---\n", 2)
        assert archive.read("files/quokka/a.png") == png(7, 5)
        assert (
            "features/data-sync-problems.pt.md" in archive.namelist()
            or "troubleshooting/data-sync-problems.pt.md" in archive.namelist()
        )
    facts = yaml.safe_load(front)
    assert (facts["title"], facts["language"], facts["article"]) == ("Quokka — ü", "en", "quokka")
    assert "![A](../files/quokka/a.png)" in body


def test_the_command_writes_what_its_reader_may_read(shelf, tmp_path, capsys):
    public, staff = tmp_path / "a.jsonl", tmp_path / "b.zip"
    call_command("export_articles", str(public))
    call_command("export_articles", str(staff), "--format", "markdown", "--for", "tom@financy.example")
    assert b"nnermost" not in public.read_bytes()
    assert "features/inner.en.md" in zipfile.ZipFile(staff).namelist()
    refused = {
        (str(public),): "exists",
        (str(tmp_path / "no" / "x"),): "cannot be written",
        (str(tmp_path / "c"), "--for", "x@y.example"): "Nobody",
    }
    for args, said in refused.items():
        with pytest.raises(CommandError, match=said):
            call_command("export_articles", *args)
