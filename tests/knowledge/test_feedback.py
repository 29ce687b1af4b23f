"""What readers say is answered in time, leads to the change that it asked for, and is thanked for when that lands."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from random import randrange

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from communications.models import Delivery, Message
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, DeskError, Invalid, NotAllowed, NotFound
from financy_support.desk.models import Customer
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.help_centre.opinion_words import KINDS, OPINION_WORDS, REFUSED
from knowledge.models import Article, Feedback, FeedbackDeadline, FeedbackKind, Revision, Translation, Vote
from knowledge.questions import forget_questions
from knowledge.workflow.answer_feedback import answer_feedback, link_feedback, merge_feedback
from knowledge.workflow.begin_revision import begin_revision
from knowledge.workflow.discard_draft import discard_draft
from knowledge.workflow.edit_draft import edit_draft
from knowledge.workflow.give_feedback import A_DAY, give_feedback
from knowledge.workflow.return_carriage import return_carriage
from knowledge.workflow.vote import vote_on_article
from tests.conftest import NOON
from tests.knowledge.library import publish
from tests.knowledge.steps import ADDRESS, act, approved, leave
from tests.make import sweep_at
from tickets.mail_brakes import may_acknowledge

SOME = (f"10.{one // 65536 % 256}.{one // 256 % 256}.{one % 256}" for one in count(randrange(2**24)))
PT = "/help/pt/problemas-de-sincronizacao-de-dados/"


@pytest.fixture
def article(draft, team):
    """Published, with its address."""
    approved(draft, team)
    leave(team)
    return Translation.objects.get(pk=draft.translation_id)


def say(translation, words="The button is blue.", kind="wrong", *, email="", at=NOON, **more):
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="help"):
        return give_feedback(translation, kind=kind, words=words, email=email, by=public, at=at, **more)


def reader_somewhere():
    """From an address of their own: what an address may ask for is counted beyond a test."""
    return Client(REMOTE_ADDR=next(SOME))


def said(purpose):
    return list(Message.objects.filter(purpose=purpose).order_by("id"))


def test_every_language_says_the_same_things():
    assert set(OPINION_WORDS["en"]) == set(OPINION_WORDS["pt"]) == set(OPINION_WORDS["es"])
    assert set(REFUSED["en"]) == set(REFUSED["pt"]) == set(REFUSED["es"])
    assert set(KINDS["en"]) == set(KINDS["pt"]) == set(KINDS["es"]) == set(FeedbackKind.values)


# -- votes


def test_a_reader_votes_once_a_revision_and_may_change_their_mind(cast):
    reader, other = reader_somewhere(), reader_somewhere()
    reader.post(f"{PT}vote/", {"helped": "no"})
    reader.post(f"{PT}vote/", {"helped": "yes"})
    reader.post(f"{PT}vote/", {"stars": "4"})
    other.post(f"{PT}vote/", {"stars": "2"})
    assert sorted(Vote.objects.values_list("is_helpful", "stars"), key=str) == [(None, 2), (True, 4)]
    assert {vote.revision.shown_by.slug for vote in Vote.objects.all()} == {PT.split("/")[3]}


def test_whoever_was_not_helped_is_asked_what_is_wrong(cast):
    shown = reader_somewhere().post(f"{PT}vote/", {"helped": "no"}).content.decode()
    assert OPINION_WORDS["pt"]["sorry"] in shown and 'action="' + PT + 'feedback/"' in shown
    assert (
        OPINION_WORDS["pt"]["thanks_vote"] in reader_somewhere().post(f"{PT}vote/", {"helped": "yes"}).content.decode()
    )


@pytest.mark.parametrize("typed", [{}, {"helped": "maybe"}, {"stars": "6"}, {"stars": "0"}, {"stars": "x" * 99}])
def test_no_vote_is_refused_in_the_reader_s_language(cast, typed):
    answer = reader_somewhere().post(f"{PT}vote/", typed)
    assert answer.status_code == 400 and REFUSED["pt"][("is_helpful", "")] in answer.content.decode()
    assert not Vote.objects.exists()


def test_votes_are_of_the_words_that_were_read(article, draft, team):
    public = system_actor(SystemActor.PUBLIC)
    act(vote_on_article, article, reader="r" * 32, is_helpful=False, by=public)
    _publish_next(article, team)
    act(vote_on_article, article, reader="r" * 32, is_helpful=True, by=public)
    assert list(Vote.objects.order_by("id").values_list("revision__number", "is_helpful")) == [(1, False), (2, True)]


@pytest.mark.parametrize("hidden", [{"audience": "support_team"}, {"withdrawn_at": NOON}, {"retired_at": NOON}])
def test_nothing_can_be_said_about_what_nobody_may_read(cast, hidden):
    translation = publish("secret", **hidden)
    for verb, more in (
        (vote_on_article, {"reader": "r", "stars": 5}),
        (give_feedback, {"kind": "wrong", "words": "x"}),
    ):
        with pytest.raises(NotFound):
            act(verb, translation, by=system_actor(SystemActor.PUBLIC), **more)
    for door in ("vote", "feedback"):
        answer = reader_somewhere().post(f"/help/en/secret/{door}/", {"helped": "yes"})
        missing = reader_somewhere().post(f"/help/en/never-was/{door}/", {"helped": "yes"})
        assert (answer.status_code, answer.content) == (404, missing.content)


# -- words


def test_a_reader_is_thanked_answered_and_thanked_again_when_the_change_lands(article, team):
    answer = reader_somewhere().post(
        f"{ADDRESS}feedback/",
        {"kind": "wrong", "words": "The button is blue.", "name": "Nina", "email": "nina@example.com"},
    )
    assert answer.status_code == 201 and OPINION_WORDS["en"]["thanks_words"] in answer.content.decode()
    feedback = Feedback.objects.get()
    (thanks,) = said("feedback_received")
    assert (thanks.customer.email, thanks.language) == ("nina@example.com", "en")
    assert "blue" not in thanks.body and "Nina" not in thanks.body  # anybody may type anybody's address
    assert feedback.deadlines.get().due_at == feedback.received_at + timedelta(hours=48)

    at = feedback.received_at + timedelta(hours=1)
    act(answer_feedback, feedback, outcome="planned", by=team.tom, at=at)
    assert feedback.deadlines.get().met_at == at
    assert "tell you when it is done" in said("feedback_answered")[0].body

    second = act(begin_revision, article.article, language="en", by=team.eve, at=at)
    act(link_feedback, feedback, revision=second, by=team.eve, at=at)
    assert said("feedback_landed") == []
    _finish(second, team, at)
    feedback.refresh_from_db()
    assert (feedback.state, feedback.caused, feedback.landed_at) == ("landed", second, at)
    (thanks,) = said("feedback_landed")
    assert "The button is blue now." in thanks.body and ADDRESS in thanks.body


def test_thanks_are_in_the_language_of_the_article(cast):
    say(Translation.objects.get(slug=PT.split("/")[3]), email="nina@example.com", name="Nina")
    (thanks,) = said("feedback_received")
    assert thanks.language == "pt" and "Obrigado" in thanks.subject and "em até 48 horas" in thanks.body


def test_without_an_address_nobody_is_written_to_and_the_answer_is_owed_all_the_same(article):
    feedback = say(article)
    assert feedback.customer is None and not Message.objects.filter(purpose__startswith="feedback").exists()
    assert FeedbackDeadline.objects.open().get().feedback == feedback


def test_a_customer_who_is_known_keeps_their_name(article, cast):
    before = Customer.objects.count()
    feedback = say(article, email="BEN@example.com", name="Somebody Else")
    assert feedback.customer == cast.ben and Customer.objects.count() == before
    cast.ben.refresh_from_db()
    assert cast.ben.name == "Ben"


def test_whoever_keeps_the_article_is_told_when_the_48_hours_are_over(article, team):
    feedback = say(article)
    sweep_at(NOON + timedelta(hours=48, minutes=-1))
    assert said("article_late") == []
    sweep_at(NOON + timedelta(hours=48))
    sweep_at(NOON + timedelta(hours=49))
    (late,) = said("article_late")
    assert late.person == article.article.owner and f"/admin/knowledge/feedback/{feedback.pk}/change/" in late.body


def test_the_same_words_twice_are_one_feedback_and_too_many_are_refused(article):
    first = say(article, visitor="v" * 32)
    assert say(article, visitor="v" * 32) == first
    for number in range(A_DAY - 1):
        say(article, f"Another {number}", visitor="v" * 32)
    with pytest.raises(Conflict, match="a lot for one day"):
        say(article, "One more", visitor="v" * 32)
    say(article, "One more", visitor="v" * 32, at=NOON + timedelta(days=1))
    say(article, "One more", visitor="w" * 32)


def test_nobody_knows_after_a_day_who_said_it(article):
    say(article, visitor="v" * 32)
    with acting(by=system_actor(SystemActor.SWEEPER), channel="test"):
        forget_questions(NOON + timedelta(hours=23))
        assert Feedback.objects.get().visitor
        forget_questions(NOON + timedelta(hours=25))
    assert Feedback.objects.get().visitor == ""
    assert not any(field.name == "visitor" for field in Feedback.history.model._meta.fields)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ({"kind": "wrong", "words": " "}, ("words", "empty")),
        ({"kind": "wrong", "words": "x" * 4001}, ("words", "too_long")),
        ({"kind": "praise", "words": "x"}, ("kind", "")),
        ({"kind": "wrong", "words": "x", "email": "nobody"}, ("email", "")),
        ({"kind": "wrong", "words": "x", "name": "n" * 201}, ("name", "too_long")),
    ],
)
@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_what_is_refused_is_said_in_the_reader_s_language_and_nothing_typed_is_lost(cast, typed, key, language):
    where = Translation.objects.public().filter(language=language).earliest("id").slug
    answer = reader_somewhere().post(f"/help/{language}/{where}/feedback/", typed)
    shown = answer.content.decode()
    assert answer.status_code == 400 and REFUSED[language][key] in shown and not Feedback.objects.exists()
    assert typed["words"][:50].strip() in shown


# -- what becomes of it


def test_comments_are_shown_once_somebody_has_read_them_and_can_be_hidden_again(article, team):
    feedback = say(article, "Worked <b>at once</b>", kind="comment", name="Nina")
    assert "Worked" not in reader_somewhere().get(ADDRESS).content.decode()
    act(answer_feedback, feedback, outcome="shown", answer="Glad to hear it.", by=team.tom)
    shown = reader_somewhere().get(ADDRESS).content.decode()
    assert "Worked &lt;b&gt;at once&lt;/b&gt;" in shown and "Glad to hear it." in shown and "Nina" in shown
    act(answer_feedback, feedback, outcome="declined", answer="It was about another card.", by=team.tom)
    assert "Worked" not in reader_somewhere().get(ADDRESS).content.decode()


def test_only_comments_are_shown(article, team):
    with pytest.raises(Invalid, match="Only comments are shown"):
        act(answer_feedback, say(article), outcome="shown", by=team.tom)


def test_who_declines_says_why(article, team):
    with pytest.raises(Invalid, match="answer"):
        act(answer_feedback, say(article), outcome="declined", by=team.tom)


def test_those_who_said_the_same_are_thanked_with_the_first(article, team):
    first = say(article, email="a@example.com", name="A")
    second = say(article, "It is blue!", email="b@example.com", name="B")
    third = say(article, "Blue.", email="c@example.com", name="C")
    act(merge_feedback, third, into=second, by=team.tom)
    act(merge_feedback, second, into=first, by=team.tom)
    assert [one.feedback for one in FeedbackDeadline.objects.open()] == [first]
    draft = act(begin_revision, article.article, language="en", by=team.eve)
    act(link_feedback, first, revision=draft, by=team.eve)
    _finish(draft, team, NOON)
    assert sorted(one.customer.name for one in said("feedback_landed")) == ["a", "b", "c"]


def test_what_is_merged_is_not_merged_again_nor_into_itself_nor_across_articles(article, team):
    first, second = say(article), say(article, "Again")
    elsewhere = say(Translation.objects.public().filter(language="en").earliest("id"))
    for into in (first, elsewhere):
        with pytest.raises(Invalid):
            act(merge_feedback, first, into=into, by=team.tom)
    act(merge_feedback, second, into=first, by=team.tom)
    with pytest.raises(Invalid):
        act(merge_feedback, first, into=second, by=team.tom)
    with pytest.raises(Conflict):
        act(merge_feedback, second, into=first, by=team.tom)


def test_a_change_that_is_returned_is_owed_again_and_thanked_for_once(article, team):
    feedback = say(article, email="a@example.com", name="A")
    draft = act(begin_revision, article.article, language="en", by=team.eve)
    act(link_feedback, feedback, revision=draft, by=team.eve)
    _finish(draft, team, NOON)
    act(return_carriage, draft.carriage, because="The button is red.", by=team.tom)
    feedback.refresh_from_db()
    assert feedback.state == "planned"
    again = act(begin_revision, article.article, language="en", by=team.eve)
    act(link_feedback, feedback, revision=again, by=team.eve)
    _finish(again, team, NOON)
    feedback.refresh_from_db()
    assert feedback.state == "landed" and len(said("feedback_landed")) == 1


def test_a_change_that_readers_see_already_lands_at_once(article, team):
    feedback = say(article)
    act(link_feedback, feedback, revision=article.current, by=team.tom)
    feedback.refresh_from_db()
    assert feedback.state == "landed" and not FeedbackDeadline.objects.open().exists()


def test_a_discarded_revision_is_no_change(article, team):
    draft = act(begin_revision, article.article, language="en", by=team.eve)
    act(discard_draft, draft, by=team.eve)
    draft.refresh_from_db()
    with pytest.raises(Conflict, match="Nobody will see"):
        act(link_feedback, say(article), revision=draft, by=team.tom)


def test_readers_and_customers_settle_nothing(article, cast):
    feedback = say(article)
    for person in (system_actor(SystemActor.PUBLIC), cast.ben.user):
        for verb, more in (
            (answer_feedback, {"outcome": "planned"}),
            (merge_feedback, {"into": feedback}),
            (link_feedback, {"revision": article.current}),
        ):
            with pytest.raises(NotAllowed):
                act(verb, feedback, by=person, **more)


def test_an_address_gets_few_thanks_a_day_and_they_use_up_nothing_else(article):
    for number in range(6):
        say(article, f"Word {number}", email="victim@example.com", at=NOON)
    assert len(said("feedback_received")) == 3
    victim = Customer.objects.get(email="victim@example.com")
    assert may_acknowledge(victim.pk, NOON)
    assert not Delivery.objects.filter(message__purpose="feedback_received", is_budgeted=True).exists()
    say(article, "Tomorrow", email="victim@example.com", at=NOON + timedelta(days=1, seconds=1))
    assert len(said("feedback_received")) == 4


def test_a_comment_that_was_declined_and_is_shown_after_all_shows_nothing_of_why(article, team):
    feedback = say(article, "Helped me.", kind="comment", email="a@example.com")
    act(answer_feedback, feedback, outcome="declined", answer="It attacks a competitor.", by=team.tom)
    act(answer_feedback, feedback, outcome="shown", by=team.tom)
    assert "competitor" not in reader_somewhere().get(ADDRESS).content.decode()
    assert "competitor" not in said("feedback_answered")[-1].body


def test_those_who_said_the_same_are_answered_with_the_first_before_and_after(article, team):
    first = say(article, email="a@example.com")
    early = say(article, "It is blue!", email="b@example.com")
    act(merge_feedback, early, into=first, by=team.tom)
    assert said("feedback_answered") == []
    act(answer_feedback, first, outcome="planned", by=team.tom)
    late = say(article, "Blue.", email="c@example.com")
    act(merge_feedback, late, into=first, by=team.tom)
    assert sorted(one.customer.name for one in said("feedback_answered")) == ["a", "b", "c"]
    act(link_feedback, first, revision=article.current, by=team.tom)
    last = say(article, "Blue!!", email="d@example.com")
    act(merge_feedback, last, into=first, by=team.tom)
    assert sorted(one.customer.name for one in said("feedback_landed")) == ["a", "b", "c", "d"]


def test_a_change_of_what_the_public_may_no_longer_read_is_told_to_nobody(article, team):
    feedback = say(article, email="a@example.com")
    with acting(by=team.ada, channel="test"):
        Article.objects.filter(pk=article.article_id).update(audience="support_team")
    act(link_feedback, feedback, revision=article.current, by=team.tom)
    feedback.refresh_from_db()
    assert feedback.state == "landed" and said("feedback_landed") == []


def test_a_revision_that_was_replaced_holds_no_change(article, team):
    old = article.current
    _publish_next(article, team)
    old.refresh_from_db()
    with pytest.raises(Conflict, match="Nobody will see"):
        act(link_feedback, say(article), revision=old, by=team.tom)


def test_an_erased_reader_s_comment_is_no_longer_shown(article, team):
    feedback = say(article, "Helped me.", kind="comment", email="nina@example.com")
    act(answer_feedback, feedback, outcome="shown", by=team.tom)
    assert "Helped me." in reader_somewhere().get(ADDRESS).content.decode()
    with acting(by=team.ada, channel="test"):
        Customer.objects.filter(pk=feedback.customer_id).update(erased_at=NOON)
    assert "Helped me." not in reader_somewhere().get(ADDRESS).content.decode()


# -- the doors


def test_the_queue_shows_what_waits_first_and_each_of_its_buttons_works(article, team, client):
    client.force_login(team.tom)
    late, early = say(article, "Second", at=NOON), say(article, "Third", at=NOON)
    done = say(article, "First", kind="comment")
    act(answer_feedback, done, outcome="shown", by=team.tom)
    listed = client.get("/admin/knowledge/feedback/").content.decode()
    assert listed.index("Second") < listed.index("Third") < listed.index("First")
    where = f"/admin/knowledge/feedback/{late.pk}"
    assert "Begin the change" in client.get(f"{where}/change/").content.decode()
    client.post(f"/admin/knowledge/feedback/{early.pk}/do/merge/", {"into": late.pk})
    answer = client.post(f"{where}/do/change/")
    draft = Revision.objects.get(state="draft")
    assert answer["Location"].endswith(f"/admin/knowledge/revision/{draft.pk}/change/")
    late.refresh_from_db()
    early.refresh_from_db()
    assert (late.state, late.caused, early.state, early.merged_into) == ("planned", draft, "merged", late)
    for verb, typed in (("merge", {"into": "x"}), ("link", {"revision": "9" * 40}), ("answer", {"outcome": "?"})):
        refused = client.post(f"{where}/do/{verb}/", typed, follow=True)
        assert (refused.status_code == 200 and "errornote" in (shown := refused.content.decode())) or "error" in shown


def test_doors_for_readers_count_by_the_minute(cast, monkeypatch):
    monkeypatch.setattr("knowledge.help_centre.opinions.ASKED_A_MINUTE", 2)
    reader = reader_somewhere()
    answers = [reader.post(f"{PT}vote/", {"helped": "yes"}) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429] and int(answers[2]["Retry-After"]) > 0


@settings(max_examples=60, deadline=None)
@given(words=st.text(max_size=200), kind=st.text(max_size=12), email=st.text(max_size=40), name=st.text(max_size=40))
@pytest.mark.django_db
def test_whatever_is_typed_is_kept_or_refused_by_name(words, kind, email, name):
    translation = Translation.objects.public().filter(language="en").earliest("id")
    refused: set[str] = set()
    try:
        kept = say(translation, words, kind, email=email, name=name)
    except DeskError as refusal:
        refused = {one.field for one in refusal.problems} or {"nothing named"}
    assert refused <= {"kind", "words", "email", "name"}
    assert refused or kept.words == words.strip()


def _publish_next(article, team, at=NOON):
    draft = act(begin_revision, article.article, language="en", by=team.eve, at=at)
    return _finish(draft, team, at)


def _finish(draft, team, at):
    act(
        edit_draft,
        draft,
        summary=f"Lock your card. {draft.number}",
        comment="The button is blue now.",
        by=team.eve,
        at=at,
    )
    approved(draft, team, at=at)
    leave(team, at=at)
    draft.refresh_from_db()
    assert draft.state == "published"
    return draft
