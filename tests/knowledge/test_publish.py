"""From a draft to the help centre: three people, every gate, whoever asks; and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, DeskError, Invalid, NotAllowed
from knowledge.models import Article, ArticleDeadline, Category, Expert, Revision, Train, Translation
from knowledge.workflow.approve_revision import approve_revision
from knowledge.workflow.begin_revision import begin_revision
from knowledge.workflow.check_article import check_article
from knowledge.workflow.depart_train import depart_train, manifest
from knowledge.workflow.discard_draft import discard_draft
from knowledge.workflow.edit_draft import edit_draft
from knowledge.workflow.publish_at_once import publish_at_once
from knowledge.workflow.record_check import record_check
from knowledge.workflow.record_release import record_release
from knowledge.workflow.retire_article import restore_article, retire_article
from knowledge.workflow.return_carriage import return_carriage
from knowledge.workflow.review_revision import GUIDELINES, review_revision
from knowledge.workflow.submit_revision import submit_revision
from knowledge.workflow.write_article import write_article
from tests.cast import hire_cast
from tests.communications.processes import at_once
from tests.conftest import NOON
from tests.knowledge.library import publish
from tests.knowledge.steps import (
    ADDRESS,
    BODY,
    HARD,
    LINKING,
    SENTENCES,
    WORDS,
    act,
    approved,
    in_approval,
    leave,
    tried,
)
from tests.make import sweep_at


def test_three_people_and_a_train_bring_it_to_the_readers(draft, team):
    approved(draft, team)
    assert Client().get(ADDRESS).status_code == 404
    sweep_at(NOON + timedelta(days=14))
    page = Client().get(ADDRESS)
    assert page.status_code == 200 and "Lock a lost card" in page.content.decode()
    draft.refresh_from_db()
    assert [draft.author, draft.reviewer, draft.approver] == [team.eve, team.tom, team.tina]
    assert draft.approved_digest == draft.reviewed_digest == draft.digest


@pytest.mark.parametrize("who", ["ana", "monitor"])
def test_customers_and_tools_write_nothing(team, who):
    person = getattr(team, who)
    with pytest.raises(NotAllowed):
        act(write_article, category=Category.objects.first(), by=getattr(person, "user", person), **WORDS)


def test_nobody_takes_two_roles_superusers_included(draft, team):
    with acting(by=team.ada, channel="test"):
        for person in (team.eve, team.tom, team.ada):
            Expert.objects.create(category=draft.translation.article.category, person=person)
    act(submit_revision, draft, by=team.eve)
    with pytest.raises(NotAllowed, match="three people"):
        act(review_revision, draft, guidelines=GUIDELINES, by=team.eve)
    act(review_revision, draft, guidelines=GUIDELINES, by=team.tom)
    tried(draft, team)
    for person in (team.eve, team.tom):
        with pytest.raises(NotAllowed, match="three people"):
            act(approve_revision, draft, by=person)
    own = act(begin_revision, Article.objects.get(code="data-sync-problems"), language="en", by=team.ada)
    act(submit_revision, own, by=team.ada)
    with pytest.raises(NotAllowed, match="three people"):
        act(review_revision, own, guidelines=GUIDELINES, by=team.ada)


def test_only_a_named_expert_approves_a_superuser_is_none_by_that(draft, team):
    in_approval(draft, team)
    for person in (team.theo, team.ada):
        with pytest.raises(NotAllowed, match="experts of Features"):
            act(approve_revision, draft, by=person)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"body": BODY.replace("## Verification", "## Later")}, "body"),
        ({"body": BODY.replace("You lost your card and want to lock it.", "")}, "body"),
        ({"body": BODY + "\n[see](article:nowhere)"}, "body"),
        ({"summary": ""}, "summary"),
        ({"summary": "x" * 161}, "summary"),
        ({"keywords": " , "}, "keywords"),
        ({"title": " "}, "title"),
        ({"body": HARD}, "readability_override"),
        ({"body": BODY.replace(SENTENCES, "")}, "readability_override"),
    ],
)  # fmt: skip
def test_what_is_incomplete_or_hard_to_read_goes_to_nobody_and_each_thing_is_named(draft, team, change, field):
    act(edit_draft, draft, by=team.eve, **change)
    with pytest.raises(Invalid) as refusal:
        act(submit_revision, draft, by=team.eve)
    assert field in {one.field for one in refusal.value.problems}
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_reason_lets_a_harder_text_through_and_is_kept(draft, team):
    act(
        edit_draft,
        draft,
        by=team.eve,
        body=HARD,
    )
    act(submit_revision, draft, readability_override="The law's own words.", by=team.eve)
    draft.refresh_from_db()
    assert draft.readability["passes"] is False and draft.readability_override == "The law's own words."


@pytest.mark.parametrize("missing", GUIDELINES)
def test_a_review_says_clear_concise_and_actionable_or_gives_it_back(draft, team, missing):
    act(submit_revision, draft, by=team.eve)
    with pytest.raises(Invalid, match=missing):
        act(review_revision, draft, guidelines=set(GUIDELINES) - {missing}, by=team.tom)
    act(review_revision, draft, return_because=f"It is not {missing}.", by=team.tom)
    draft.refresh_from_db()
    assert draft.state == "draft" and f"not {missing}" in draft.returned_because and draft.reviewed_digest == ""


@pytest.mark.parametrize("kind", ["technical_review", "customer_test"])
@pytest.mark.parametrize("was_tried", [False, True])
def test_nothing_is_approved_before_its_steps_were_tried_with_success(draft, team, kind, was_tried):
    act(submit_revision, draft, by=team.eve)
    act(review_revision, draft, guidelines=GUIDELINES, by=team.tom)
    tried(draft, team)
    if was_tried:
        act(record_check, draft, kind=kind, passed=False, notes="It failed at the second step.", by=team.theo)
    else:
        other = {"technical_review": "customer_test", "customer_test": "technical_review"}[kind]
        draft = Revision.objects.get(pk=draft.pk)
        act(discard_draft, draft, by=team.eve)
        draft = act(begin_revision, draft.translation.article, language="en", by=team.eve)
        act(edit_draft, draft, by=team.eve, **WORDS)
        act(submit_revision, draft, by=team.eve)
        act(review_revision, draft, guidelines=GUIDELINES, by=team.tom)
        act(record_check, draft, kind=other, passed=True, notes="Tried it with five people.", by=team.theo)
    with pytest.raises(Conflict) as refusal:
        act(approve_revision, draft, by=team.tina)
    assert [one.code for one in refusal.value.problems] == [f"no_{kind}"]


def test_a_technical_review_is_not_the_author_s_and_says_what_was_tried(draft, team):
    with pytest.raises(NotAllowed, match="three people"):
        act(record_check, draft, kind="technical_review", passed=True, notes="All is well, I say.", by=team.eve)
    with pytest.raises(Invalid, match="what was tried"):
        act(record_check, draft, kind="technical_review", passed=True, notes="ok", by=team.tom)


def test_checks_of_other_words_do_not_count(draft, team):
    tried(draft, team)
    act(edit_draft, draft, body=BODY + "\nMore words here.", by=team.eve)
    act(submit_revision, draft, by=team.eve)
    act(review_revision, draft, guidelines=GUIDELINES, by=team.tom)
    with pytest.raises(Conflict):
        act(approve_revision, draft, by=team.tina)


def test_a_typo_s_correction_rests_on_the_checks_of_what_it_replaces(draft, team):
    approved(draft, team)
    leave(team)
    article = draft.translation.article
    for significance, is_enough in ((20, False), (10, True)):
        again = act(begin_revision, article, language="en", by=team.eve)
        act(edit_draft, again, title="Lock a lost card!", significance=significance, by=team.eve)
        act(submit_revision, again, by=team.eve)
        act(review_revision, again, guidelines=GUIDELINES, by=team.tom)
        if is_enough:
            act(approve_revision, again, by=team.tina)
        else:
            with pytest.raises(Conflict):
                act(approve_revision, again, by=team.tina)
            act(discard_draft, again, by=team.eve)


def test_only_its_author_changes_a_draft_and_one_is_at_work_at_a_time(draft, team):
    with pytest.raises(NotAllowed, match="draft"):
        act(edit_draft, draft, title="Mine", by=team.tom)
    with pytest.raises(Conflict, match="discard"):
        act(begin_revision, draft.translation.article, language="en", by=team.tom)
    act(discard_draft, draft, by=team.tom)
    assert act(begin_revision, draft.translation.article, language="en", by=team.tom).number == 2


def test_a_critical_article_goes_at_once_with_a_reason_and_its_approval_is_owed_within_a_day(draft, team):
    in_approval(draft, team)
    with pytest.raises(Conflict, match="critical"):
        act(publish_at_once, draft, because="Money is at risk.", by=team.tom)
    with acting(by=team.ada, channel="test"):
        Article.objects.filter(pk=draft.translation.article_id).update(is_critical=True)
    with pytest.raises(Invalid, match="why"):
        act(publish_at_once, draft, because=" ", by=team.tom)
    act(publish_at_once, draft, because="Money is at risk.", by=team.tom)
    assert Client().get(ADDRESS).status_code == 200
    owed = ArticleDeadline.objects.get(kind="urgent_approval")
    assert owed.due_at == NOON + timedelta(hours=24)
    sweep_at(NOON + timedelta(hours=25))
    owed.refresh_from_db()
    assert owed.breached_at == NOON + timedelta(hours=24) and owed.is_open
    act(approve_revision, draft, by=team.tina, at=NOON + timedelta(hours=26))
    owed.refresh_from_db()
    assert owed.met_at == NOON + timedelta(hours=26)
    draft.refresh_from_db()
    assert draft.approver == team.tina and "Money is at risk" in draft.urgent_because


def test_what_goes_at_once_still_needs_its_review_and_its_checks(draft, team):
    with acting(by=team.ada, channel="test"):
        Article.objects.update(is_critical=True)
    with pytest.raises(Conflict):
        act(publish_at_once, draft, because="Money is at risk.", by=team.ada)
    act(submit_revision, draft, by=team.eve)
    act(review_revision, draft, guidelines=GUIDELINES, by=team.tom)
    with pytest.raises(Conflict) as refusal:
        act(publish_at_once, draft, because="Money is at risk.", by=team.ada)
    assert {one.code for one in refusal.value.problems} == {"no_technical_review", "no_customer_test"}


def test_what_is_not_fit_any_more_stays_behind_and_the_others_leave(draft, team):
    approved(draft, team)
    other = act(
        write_article,
        category=Category.objects.get(slug="features"),
        by=team.eve,
        **{**WORDS, "title": "Unlock", "body": LINKING},
    )
    approved(other, team)
    act(retire_article, draft.translation.article, because="No cards any more.", by=team.eve)
    wrong = {aboard.revision.pk: [one.code for one in aboard.problems] for aboard in manifest()}
    assert wrong == {draft.pk: ["retired"], other.pk: ["dead_link"]}
    assert leave(team) == []
    act(restore_article, draft.translation.article, by=team.eve)
    third = act(begin_revision, Article.objects.get(code="data-sync-problems"), language="en", by=team.eve)
    act(edit_draft, third, title="Data Sync Problems!", by=team.eve)
    approved(third, team)
    assert len(leave(team)) == 3


def test_a_train_leaves_once_and_only_at_its_time_or_by_an_administrator(draft, team):
    approved(draft, team)
    train = Train.objects.get()
    with pytest.raises(NotAllowed):
        act(depart_train, train, by=team.tom)
    leave(team)
    with pytest.raises(Conflict, match="has left"):
        act(depart_train, train, by=team.ada)
    sweep_at(NOON + timedelta(days=15))
    assert Train.objects.count() == 1


def test_a_returned_carriage_shows_what_was_there_before(draft, team):
    article = Article.objects.get(code="data-sync-problems")
    again = act(begin_revision, article, language="pt", by=team.eve)
    act(edit_draft, again, title="Outro título", by=team.eve)
    approved(again, team)
    approved(draft, team)
    carriages = {one.revision_id: one for one in leave(team)}
    shown = Translation.objects.get(pk=again.translation_id)
    assert shown.title == "Outro título" and shown.current_id == again.pk
    act(return_carriage, carriages[again.pk], because="The title is wrong.", by=team.tom)
    shown.refresh_from_db()
    assert (shown.title, shown.current.number, shown.current.state) == (
        "Problemas de sincronização de dados",
        1,
        "published",
    )
    act(return_carriage, carriages[draft.pk], because="Too early.", by=team.tom)
    assert Client().get(ADDRESS).status_code == 404
    with pytest.raises(Conflict, match="nothing to return"):
        act(return_carriage, carriages[draft.pk], because="Again.", by=team.tom)


def test_a_retired_article_is_gone_and_comes_back(draft, team):
    approved(draft, team)
    leave(team)
    article = draft.translation.article
    with pytest.raises(Invalid, match="why"):
        act(retire_article, article, because="", by=team.eve)
    act(retire_article, article, because="No cards any more.", by=team.eve)
    assert Client().get(ADDRESS).status_code == 404
    assert not ArticleDeadline.objects.filter(article=article).open().exists()
    act(restore_article, article, by=team.eve)
    assert Client().get(ADDRESS).status_code == 200


def test_looks_are_owed_by_the_category_s_rhythm_and_overdue_articles_leave(draft, team):
    approved(draft, team)
    leave(team)
    article = Article.objects.get(pk=draft.translation.article_id)
    due = dict(ArticleDeadline.objects.filter(article=article).open().values_list("kind", "due_at"))
    assert due == {
        "look_over": NOON + timedelta(days=14),
        "quarterly_review": NOON + timedelta(days=91),
        "withdrawal": NOON + timedelta(days=44),
    }
    assert (article.checked_at, article.review_due_at) == (NOON, NOON + timedelta(days=14))
    sweep_at(NOON + timedelta(days=45))
    assert Client().get(ADDRESS).status_code == 404
    act(check_article, article, by=team.tom, at=NOON + timedelta(days=46))
    assert Client().get(ADDRESS).status_code == 200
    late = ArticleDeadline.objects.filter(article=article, kind="look_over").earliest("id")
    assert (late.breached_at, late.met_at) == (NOON + timedelta(days=14), NOON + timedelta(days=46))


def test_a_release_asks_for_a_check_of_what_follows_releases_once(team):
    for _ in range(2):
        act(record_release, name="2026.12.1", by=team.ada)
    owed = ArticleDeadline.objects.filter(kind="release_check").open()
    assert owed.count() == Article.objects.filter(category__slug="technical").count() == 5
    first = owed.order_by("id").first()
    act(check_article, first.article, by=team.eve)
    assert owed.count() == 4


def test_two_experts_at_once_sign_once(committed_db):
    team = hire_cast()
    with acting(by=team.ada, channel="test"):
        for person in (team.tina, team.theo):
            Expert.objects.create(category=Category.objects.get(slug="features"), person=person)
    draft = act(write_article, category=Category.objects.get(slug="features"), by=team.eve, **WORDS)
    in_approval(draft, team)
    experts = iter((team.tina, team.theo))

    def approve() -> str:
        try:
            act(approve_revision, draft, by=next(experts))
        except DeskError as refusal:
            return refusal.code
        return "signed"

    assert sorted(at_once(2, approve)) == ["signed", "state"]
    assert Train.objects.count() == 1


def retired(code, instead, team, by=None):
    article, other = Article.objects.get(code=code), Article.objects.get(code=instead)
    return act(retire_article, article, because="The other says it better.", replaced_by=other, by=by or team.eve)


def test_the_addresses_of_a_replaced_article_lead_to_what_replaced_it_in_their_own_language(team):
    retired("mobile-app-performance", "browser-compatibility", team)
    retired("browser-compatibility", "data-sync-problems", team)
    for old in ("mobile-app-performance", "browser-compatibility"):
        for language, slug in Translation.objects.filter(article__code=old).values_list("language", "slug"):
            new = Translation.objects.get(article__code="data-sync-problems", language=language)
            answer = Client().get(f"/help/{language}/{slug}/")
            assert (answer.status_code, answer["Location"]) == (301, f"/help/{language}/{new.slug}/")
    act(restore_article, Article.objects.get(code="browser-compatibility"), by=team.eve)
    assert Client().get("/help/en/browser-compatibility/").status_code == 200
    assert Client().get("/help/en/mobile-app-performance/").status_code == 301


def test_nothing_is_replaced_by_itself_by_what_is_retired_or_by_what_readers_do_not_have(draft, team):
    retired("mobile-app-performance", "browser-compatibility", team)
    for instead in ("data-sync-problems", "mobile-app-performance", "lock-a-lost-card"):
        with pytest.raises(Invalid) as refusal:
            retired("data-sync-problems", instead, team)
        assert refusal.value.problems[0].field == "replaced_by"


def test_a_replaced_article_for_staff_tells_the_public_nothing_by_its_address(team):
    hidden = publish("quokka", title="Quokka rules", audience="support_team")
    retired("quokka", "data-sync-problems", team)
    never_was = Client().get("/help/en/never-was/")
    assert Client().get(f"/help/en/{hidden.slug}/").status_code == never_was.status_code == 404


def test_of_two_who_replace_each_other_s_article_one_is_refused(committed_db):
    team = hire_cast()
    pairs = iter(
        [("mobile-app-performance", "browser-compatibility"), ("browser-compatibility", "mobile-app-performance")]
    )

    def retire() -> str:
        try:
            retired(*next(pairs), team)
        except Invalid:
            return "refused"
        return "retired"

    assert sorted(at_once(2, retire)) == ["refused", "retired"]


def test_of_two_articles_with_one_title_begun_at_once_one_is_refused_by_name(committed_db):
    team = hire_cast()
    shelf = Category.objects.get(slug="features")
    authors = iter([team.eve, team.tom])

    def write() -> str:
        try:
            act(write_article, category=shelf, by=next(authors), **WORDS)
        except Conflict as refusal:
            return refusal.code
        return "begun"

    assert sorted(at_once(2, write)) == ["begun", "taken"]


def test_a_title_without_latin_letters_has_the_address_of_its_code(team):
    draft = act(write_article, category=Category.objects.get(slug="features"), by=team.eve, title="日本", code="japan")
    assert draft.translation.slug == "japan"
