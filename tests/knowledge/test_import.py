"""Articles of other knowledge bases come in as drafts: once, with their pictures and old addresses, each by itself."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from financy_support.desk.audit.acting import acting
from financy_support.desk.audit.triggers import append_only_models, audited_models, history_model_of
from financy_support.desk.errors import Invalid, NotAllowed
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.imports import tree as trees
from knowledge.imports.arrival import Arrival
from knowledge.imports.foreign_markdown import apart_from_code, rewritten
from knowledge.imports.html import Told, markdown_of
from knowledge.imports.read import read_export
from knowledge.imports.zendesk import read_zendesk
from knowledge.markdown import files_named, html_of
from knowledge.models import Article, ArticleFile, ImportedArticle, Redirect, Revision, Translation
from knowledge.workflow.edit_draft import edit_draft
from tests.conftest import NOON
from tests.knowledge.exporting import PLACES, bring, zendesk, zipped
from tests.knowledge.library import publish
from tests.knowledge.pictures import png
from tests.knowledge.steps import BODY, WORDS, act, approved, leave


def draft_of(code, language="en"):
    return Revision.objects.get(translation__article__code=code, translation__language=language)


def outcomes(report):
    return {one.external_id: one.outcome for one in report.items}


def rows():
    """How many rows every table of record has."""
    models = [history_model_of(model) for model in audited_models()] + list(append_only_models())
    return {model._meta.db_table: model.objects.count() for model in models}


def write(folder, name, content) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_zendesk_article_comes_as_drafts_in_its_languages_with_tags_and_files(team):
    report = bring("zendesk", team.eve, category="")
    article = Article.objects.get(code="split-a-bill-with-friends")
    assert (article.category.slug, article.audience, article.owner) == ("features", "", team.eve)
    assert sorted(article.tagged.values_list("tag__slug", flat=True)) == ["bills", "sharing"]
    english, portuguese = draft_of(article.code), draft_of(article.code, "pt")
    assert (english.state, english.author, english.comment) == ("draft", team.eve, "Imported from zendesk")
    assert "![The button Split](file:split.png)" in english.body and "| Ana | 10 |" in english.body
    assert "[invite them](article:invite-a-friend-to-a-bill)" in english.body
    assert portuguese.title == "Dividir uma conta com amigos" and "Você pagou" in portuguese.body
    assert article.files.get(name="split.png").width == 120 and "[parts.csv](file:parts.csv)" in english.body
    assert not Translation.objects.filter(article=article, current__isnull=False).exists()
    assert report.counts == {"created": 3, "updated": 0, "unchanged": 0, "refused": 2}


def test_what_only_some_read_there_is_for_the_support_team_here(team):
    bring("zendesk", team.eve)
    assert Article.objects.get(code="when-a-friend-does-not-pay").read_by == "support_team"


def test_unsafe_html_is_dropped_and_named(team):
    report = bring("zendesk", team.eve)
    body = draft_of("invite-a-friend-to-a-bill").body
    assert "steal" not in body and "tracker" not in body and "Send the link." in body
    assert "[An invitation, seen](https://www.loom.com/embed/abc123)" in body
    notes = " ".join(next(one.notes for one in report.items if one.external_id == "3002"))
    for named in ("<script>", "onclick", "javascript", "tracker.example"):
        assert named in notes


def test_one_bad_item_says_why_and_stops_no_other(team):
    report = bring("zendesk", team.eve, category="")
    problems = {one.external_id: one.problems[0] for one in report.items if one.problems}
    assert "Odds and ends" in problems["3004"].detail and problems["3004"].field == "category"
    assert problems["3005"].code == "no_language"
    assert not Article.objects.filter(code__in=["an-odd-one", "3005"]).exists()


@pytest.mark.parametrize("source", PLACES)
def test_the_same_export_twice_brings_nothing_twice(team, source):
    first = bring(source, team.eve)
    before = rows()
    second = bring(source, team.tom)
    assert rows() == before
    created = {number for number, outcome in outcomes(first).items() if outcome == "created"}
    assert created and {outcomes(second)[number] for number in created} == {"unchanged"}


@pytest.mark.parametrize("source", PLACES)
def test_a_dry_run_says_what_would_be_and_writes_nothing(team, source):
    before = rows()
    told = bring(source, team.eve, dry_run=True)
    assert rows() == before and told.dry_run and told.counts["created"] >= 3
    assert told.items == bring(source, team.eve).items


def test_what_changed_there_is_a_new_draft_and_nothing_is_signed(team, tmp_path):
    first = write(tmp_path, "a.json", zendesk({"title": "Lock a lost card"}))
    bring("zendesk", team.eve, path=first)
    draft = draft_of("lock-a-lost-card")
    changed = write(tmp_path, "b.json", zendesk({"title": "Lock a lost card", "body": "<p>Other words.</p>"}))
    assert outcomes(bring("zendesk", team.eve, path=changed)) == {"1": "updated"}
    draft.refresh_from_db()
    assert (draft.body, draft.state, draft.reviewer, Revision.objects.filter(author=team.eve).count()) == (
        "Other words.\n", "draft", None, 1,
    )  # fmt: skip


def test_a_hand_s_work_here_is_not_written_over(team, tmp_path):
    bring("zendesk", team.eve, path=write(tmp_path, "a.json", zendesk({})))
    act(edit_draft, draft_of("article-1"), body="By hand.", by=team.eve)
    changed = write(tmp_path, "b.json", zendesk({"body": "<p>Other words.</p>"}))
    report = bring("zendesk", team.eve, path=changed)
    assert outcomes(report) == {"1": "refused"} and "Finish or discard it" in report.items[0].problems[0].detail
    assert draft_of("article-1").body == "By hand."


def test_after_its_publication_a_change_there_starts_the_next_revision(team, tmp_path):
    bring("zendesk", team.eve, path=write(tmp_path, "a.json", zendesk({"title": "Lock a lost card"})))
    draft = draft_of("lock-a-lost-card")
    act(edit_draft, draft, body=BODY, summary=WORDS["summary"], keywords=WORDS["keywords"], by=team.eve)
    draft.refresh_from_db()
    approved(draft, team)
    leave(team)
    changed = write(tmp_path, "b.json", zendesk({"title": "Lock a lost card", "body": "<p>Other words.</p>"}))
    bring("zendesk", team.tom, path=changed)
    found = Revision.objects.filter(translation__article__code="lock-a-lost-card").order_by("number")
    assert [(one.state, one.author) for one in found] == [("published", team.eve), ("draft", team.tom)]
    assert found[1].summary == WORDS["summary"] and found[1].body == "Other words.\n"


def test_a_picture_that_changed_there_gets_another_name(team, tmp_path):
    def export(name, content):
        body = '<p><img src="/hc/article_attachments/7/a.png" alt="A"></p>'
        file = {"id": 7, "article_id": 1, "file_name": "a.png", "inline": True}
        archive = zipped(**{"a.json": zendesk({"body": body}, article_attachments=[file]), "7/a.png": content})
        return write(tmp_path, name, archive)

    bring("zendesk", team.eve, path=export("a.zip", png(5, 5)))
    bring("zendesk", team.eve, path=export("b.zip", png(6, 6)))
    (name,) = files_named(draft_of("article-1").body)
    assert name != "a.png" and ArticleFile.objects.get(name=name).width == 6
    assert ArticleFile.objects.get(name="a.png").width == 5


def test_a_file_that_is_missing_or_not_taken_is_named_and_the_words_come(team, tmp_path):
    body = '<p>Look: <img src="/hc/article_attachments/7/a.svg" alt="A plan"> <img src="/gone.png" alt="Gone"></p>'
    file = {"id": 7, "article_id": 1, "file_name": "a.svg", "inline": True}
    export = zipped(**{"a.json": zendesk({"body": body}, article_attachments=[file]), "7/a.svg": b"<svg/>"})
    report = bring("zendesk", team.eve, path=write(tmp_path, "a.zip", export))
    told = " ".join(report.items[0].notes)
    assert report.items[0].outcome == "created" and "/gone.png" in told and "a.svg" in told
    assert not ArticleFile.objects.exists() and "Gone" in draft_of("article-1").body


def test_a_gitbook_keeps_its_tree_its_blocks_its_pictures_and_its_order(team):
    report = bring("gitbook", team.eve)
    assert [one.external_id for one in report.items][:3] == [
        "README.md", "runbooks/restart-the-queue.md", "guides/cards.md",
    ]  # fmt: skip
    queue = draft_of("restart-the-queue")
    assert queue.summary == "When messages wait and nothing moves."
    assert "> **Danger:** Tell the shift **first**.\n>\n> ```\n> do not {% hint %} this\n> ```" in queue.body
    assert "**worker.sh**\n\n```bash\n# stop it\nsystemctl stop worker   # [not a link](nowhere.md)\n```" in queue.body
    assert "**Linux**\n\nUse `systemctl`.\n\n**Windows**" in queue.body and "{% tab" not in queue.body
    assert "![A long queue](file:queue-1.png)" in queue.body and "article:cards-in-the-sandbox" in queue.body
    assert ArticleFile.objects.filter(article=queue.translation.article, name="queue-1.png", width=160).exists()
    shown = html_of(queue.body, address_of=lambda code: f"/{code}")
    assert 'class="video"' in shown and shown.count("<blockquote>") == 1
    told = {one.external_id: one for one in report.items}
    assert "May become a runbook" in " ".join(told["runbooks/restart-the-queue.md"].notes)
    assert "runbook" not in " ".join(told["guides/cards.md"].notes)
    assert "{% openapi %}" in " ".join(told["runbooks/restart-the-queue.md"].notes)
    assert told["guides/lost.md"].outcome == "refused" and told["guides/unlisted.md"].outcome == "created"


def test_links_find_pages_of_odd_names_and_around_pictures(team, tmp_path):
    odd = "* [A](a.md)\n* [B](<b (1) ç.md>)\n"
    words = b"# A page\n\n[b](<b (1) \xc3\xa7.md>), [b](b%20%281%29%20%C3%A7.md), [![p](p.png)](<b (1) \xc3\xa7.md>)\n"
    for name, content in (("SUMMARY.md", odd.encode()), ("a.md", words), ("p.png", png(3, 3))):
        write(tmp_path, name, content)
    write(tmp_path, "b (1) ç.md", b"# B page\n\nWords.\n")
    report = bring("gitbook", team.eve, path=tmp_path)
    body = draft_of("a-page").body
    assert (
        body.count("[b](article:b-page)") == 2
        and "[![p](file:p.png)](<article:b-page>)" in body
        and report.counts["created"] == 2
    )


def test_what_is_restricted_there_later_is_told_and_nothing_opens_or_closes_by_itself(team, tmp_path):
    bring("zendesk", team.eve, path=write(tmp_path, "a.json", zendesk({})))
    closed = bring("zendesk", team.eve, path=write(tmp_path, "b.json", zendesk({"user_segment_id": 5})))
    assert "Decide on the article's audience" in " ".join(closed.items[0].notes)
    assert Article.objects.get(code="article-1").read_by == "all_users"


def test_a_page_in_no_category_is_refused_until_one_is_named(team):
    report = bring("gitbook", team.eve, category="")
    assert outcomes(report)["README.md"] == "refused"
    assert outcomes(report)["runbooks/restart-the-queue.md"] == "created"


def test_a_notion_export_is_for_the_support_team_with_databases_and_pictures(team, tmp_path):
    inner = zipped(PLACES["notion"])
    export = write(tmp_path, "x.zip", zipped(**{"Export-Part-1.zip": inner}))
    report = bring("notion", team.eve, path=export)
    assert report.counts["created"] == 4 and report.counts["refused"] == 0
    assert {one.article.read_by for one in ImportedArticle.objects.all()} == {"support_team"}
    assert "![Screenshot](file:board.png)" in draft_of("how-we-hand-over").body
    assert "[the wiki](article:support-wiki)" in draft_of("how-we-hand-over").body
    assert "> **Note:** Read this before your first shift." in draft_of("support-wiki").body
    shifts = draft_of("shifts").body
    assert "| Early, weekdays | Tom | 06:00 |" in shifts and "[Late](article:late)" in shifts
    assert Article.objects.get(code="shifts").files.get().name == "shifts.csv"
    assert outcomes(bring("notion", team.eve)) == {one.external_id: "unchanged" for one in report.items}


def test_an_old_address_leads_to_the_article_once_the_public_reads_it(team, tmp_path):
    bring("zendesk", team.eve, path=write(tmp_path, "a.json", zendesk({"title": "Lock a lost card"})))
    old, client = "/hc/en-us/articles/1-Lock-a-lost-card?x=1", Client()
    nowhere = client.get("/hc/en-us/articles/999")
    hidden = client.get(old)
    assert (hidden.status_code, hidden.content) == (404, nowhere.content)
    draft = draft_of("lock-a-lost-card")
    act(edit_draft, draft, body=BODY, summary=WORDS["summary"], keywords=WORDS["keywords"], by=team.eve)
    draft.refresh_from_db()
    approved(draft, team)
    leave(team)
    answer = client.get(old)
    assert (answer.status_code, answer["Location"]) == (301, "/help/en/lock-a-lost-card/")
    assert client.post(old).status_code == 405


@pytest.mark.parametrize("why", [{"audience": "support_team"}, {"retired_at": NOON}, {"withdrawn_at": NOON}])
def test_an_old_address_of_a_hidden_article_answers_as_one_that_leads_nowhere(cast, client, why):
    translation = publish("quokka", **why)
    with acting(by=system_actor(SystemActor.GUIDE), channel="test"):
        Redirect.objects.create(path="/docs/quokka", article=translation.article, language="en")
        Redirect.objects.create(path="/docs/open", article=publish("open").article, language="pt")
    hidden, nowhere = client.get("/help/from/docs/quokka"), client.get("/help/from/docs/nothing")
    assert (hidden.status_code, hidden.content) == (404, nowhere.content)
    assert client.get("/help/from/docs/open/")["Location"] == "/help/en/open/"


@pytest.mark.parametrize("path", ["/help/from/%00", "/help/from//", "/hc/" + "a" * 3000, "/hc/en-us/articles/²"])
def test_odd_old_addresses_lead_nowhere(db, client, path):
    assert client.get(path).status_code == 404


def test_an_old_address_keeps_leading_to_the_first_who_had_it(team, tmp_path):
    yaml = b"redirects:\n  old/a: a.md\n  old/b: b.md\n"
    for name, text in ((".gitbook.yaml", yaml), ("SUMMARY.md", b"* [A](a.md)\n"), ("a.md", b"# A page\n\nWords.\n")):
        write(tmp_path, name, text)
    bring("gitbook", team.eve, path=tmp_path)
    write(tmp_path, ".gitbook.yaml", b"redirects:\n  old/a: b.md\n")
    write(tmp_path, "b.md", b"# B page\n\nWords.\n")
    report = bring("gitbook", team.eve, path=tmp_path)
    assert Redirect.objects.get(path="/old/a").article.code == "a-page"
    assert any("leads to “a-page” already" in note for one in report.items for note in one.notes)


@pytest.mark.parametrize("name", ["../evil.md", "/etc/evil.md", "a/../../evil.md", "C:evil.md", "..\\evil.md"])
def test_an_archive_that_leads_out_of_itself_is_refused_as_a_whole(tmp_path, name):
    with pytest.raises(Invalid, match="leads out"):
        read_export("notion", write(tmp_path, "x.zip", zipped(**{"good.md": "# Good", name: "# Evil"})))


def test_an_archive_that_grows_beyond_all_measure_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(trees, "LARGEST_TREE", 3_000_000)
    bomb = zipped(**{f"{number}.md": b"0" * 1_000_000 for number in range(4)})
    assert len(bomb) < 20_000
    for content in (bomb, zipped(**{"inner.zip": bomb})):
        with pytest.raises(Invalid, match="Export less"):
            read_export("notion", write(tmp_path, "x.zip", content))
    with pytest.raises(Invalid, match="zip in a zip in a zip"):
        read_export("notion", write(tmp_path, "x.zip", zipped(**{"a.zip": zipped(**{"b.zip": zipped(x="y")})})))
    monkeypatch.setattr(trees, "MOST_FILES", 3)
    with pytest.raises(Invalid, match="files"):
        read_export("notion", write(tmp_path, "x.zip", zipped(**{f"{number}.md": "x" for number in range(4)})))


def test_an_archive_that_lies_about_its_sizes_gives_no_more_than_it_said(tmp_path):
    honest = zipped(**{"a.md": b"# A\n\n" + b"0" * 500_000, "b.md": b"# B\n\nWords.\n"})
    lying = bytearray(honest)
    entry = lying.index(b"PK\x01\x02")
    lying[entry + 24 : entry + 28] = struct.pack("<I", 10)
    found = read_export("notion", write(tmp_path, "x.zip", bytes(lying)))
    assert [one.title for one in found if isinstance(one, Arrival)][-1] == "B"
    assert all(len(one.texts[0].body) < 100 for one in found if isinstance(one, Arrival))


def test_of_two_files_of_one_name_the_second_is_named(tmp_path):
    inner = zipped(**{"a.md": "# A\n\nOther words.\n"})
    found = read_export("notion", write(tmp_path, "x.zip", zipped(**{"a.md": "# A\n\nWords.\n", "b.zip": inner})))
    assert [getattr(one, "reason", "") for one in found] == [
        "",
        "Two files in the archive have this name; the first is taken.",
    ]


def test_links_in_archives_and_folders_are_not_followed(tmp_path):
    secret = write(tmp_path, "secret.md", b"# Secret")
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "a.md").symlink_to(secret)
    link = zipfile.ZipInfo("b.md")
    link.external_attr = 0o120777 << 16
    write(folder, "c.md", b"# C\n\nWords.\n")
    assert [one.external_id for one in read_export("gitbook", folder)] == ["c.md"]
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("c.md", "# C")
    assert [one.external_id for one in read_export("notion", tmp_path / "x.zip")] == ["c.md"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"articles": 5}', b'{"articles": [5, {}]}', b"[" * 100_000, b"\xff\xfe"]
)
def test_a_file_that_is_no_export_is_told_so(tmp_path, content):
    found = read_export("zendesk", write(tmp_path, "x.json", content))
    assert found and not [one for one in found if isinstance(one, Arrival)]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=5,
    )
)
def test_whatever_type_a_value_of_an_export_has_it_is_read_or_refused(value):
    tree = trees.Tree()
    for field in (
        "title",
        "body",
        "locale",
        "section_id",
        "label_names",
        "user_segment_id",
        "position",
        "translations",
        "desk_code",
    ):
        tree.files["x.json"] = json.dumps(
            {"articles": [{"id": 1, "locale": "en", "title": "T", field: value}]}
        ).encode()
        assert list(read_zendesk(tree))


def test_html_nested_too_deep_is_refused_alone(team, tmp_path):
    deep = "<div>" * 5_000 + "x" + "</div>" * 5_000
    report = bring("zendesk", team.eve, path=write(tmp_path, "a.json", zendesk({"body": deep}, {})))
    assert outcomes(report)["2"] == "created" and outcomes(report)["1"] in ("refused", "created")


def test_words_that_postgresql_cannot_keep_and_titles_too_long_are_refused_alone(team, tmp_path):
    export = zendesk(
        {"title": "x" * 300}, {"title": "\ud800"}, {"title": "A\u0000B"}, {"body": "x" * 300_000}, {"title": ""}
    )
    report = bring("zendesk", team.eve, path=write(tmp_path, "a.json", export))
    assert list(outcomes(report).values()).count("refused") == 3
    assert draft_of("ab").title == "AB"


@given(st.text(max_size=200))
def test_whatever_html_says_no_tag_that_runs_is_left(typed):
    said = markdown_of(f"<p>{typed}</p><script>{typed}</script><img src=x onerror=alert(1)>", told=Told())
    shown = html_of(said, address_of=lambda code: None)
    assert "<script" not in shown and "<img" not in shown


@given(st.text(alphabet="`~ab\n<>[]()!{}%#*|\x00", max_size=120))
def test_code_of_foreign_markdown_is_left_as_it_was(typed):
    body = f"Before\n\n```\n{typed.replace('`', '').replace(chr(0), '')}\n```\n\nAfter\n"
    lead = {"link_of": lambda href: "", "picture_of": lambda source: ""}
    assert apart_from_code(body, lambda words: rewritten(words, told=Told(), **lead)).strip() == body.strip()


def test_the_command_tells_each_item_and_its_dry_run_writes_nothing(team, capsys):
    args = (
        "import_articles",
        "gitbook",
        str(PLACES["gitbook"]),
        "--by",
        "eve@financy.example",
        "--category",
        "technical",
    )
    before = rows()
    call_command(*args, "--dry-run")
    told = capsys.readouterr().out
    assert "created: Restart the queue → restart-the-queue (en)" in told and "nothing was written" in told
    assert "refused: guides/lost.md" in told and "SUMMARY.md names this page" in told and rows() == before
    call_command(*args)
    assert "4 created, 0 updated, 0 unchanged, 1 refused." in capsys.readouterr().out
    call_command(*args)
    assert "0 created, 0 updated, 4 unchanged, 1 refused." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--by", "nobody@x.example"), "Nobody has the e-mail"),
        (("--by", "ben@example.com"), "written by editors and agents"),
        (("--by", "eve@financy.example", "--category", "nowhere"), "There is no category"),
    ],
)
def test_the_command_refuses_by_name(team, more, said):
    with pytest.raises(CommandError, match=said):
        call_command("import_articles", "gitbook", str(PLACES["gitbook"]), *more)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_articles", "notion", "/nowhere", "--by", "eve@financy.example")


def test_customers_bring_in_nothing(team):
    with pytest.raises(NotAllowed):
        bring("gitbook", team.ben.user)
    assert not ImportedArticle.objects.exists()
