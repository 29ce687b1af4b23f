"""A gap is given to somebody and closes when its question is answered; the month's feedback is worked in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from communications.models import Message
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.gaps import CLICKED, SEARCHES, gaps
from knowledge.models import Assignment, AssignmentDeadline, PopularSearch, SearchQuery, Tally, Translation
from knowledge.tallies import ENOUGH, add_up, popular
from knowledge.tasks import add_up_readers
from knowledge.workflow.answer_feedback import answer_feedback, link_feedback
from knowledge.workflow.assignments import assign_gap, close_answered_gaps, end_assignment, hand_over
from knowledge.workflow.begin_revision import begin_revision
from knowledge.workflow.discard_draft import discard_draft
from knowledge.workflow.note_search import note_search
from tests.conftest import NOON
from tests.knowledge.library import publish
from tests.knowledge.steps import act
from tests.knowledge.test_feedback import say
from tests.make import sweep_at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORDS = {"words": "dividir a conta", "language": "pt"}


def asked(words, *, at, language="pt", read=None, wrote=False, found=1, times=1, **more):
    SearchQuery.objects.bulk_create(
        SearchQuery(
            language=language, words=words, found=found, asked_at=at, read=read, led_to_ticket=wrote, **more
        )
        for _ in range(times)
    )  # fmt: skip


def close(at):
    sweeper = system_actor(SystemActor.SWEEPER)
    with acting(by=sweeper, channel="beat"):
        return close_answered_gaps(by=sweeper, at=at)


def pt():
    return Translation.objects.public().filter(language="pt").earliest("id")


def told(purpose):
    return [one.person for one in Message.objects.filter(purpose=purpose).order_by("id")]


# -- gaps


def test_questions_of_one_meaning_are_one_gap_whatever_their_accents_and_plurals(db):
    for words in ("transação pendente", "transacoes pendentes", "Transações pendentes", "transações pendentes"):
        asked(words, at=NOON - HOUR, found=0)
    asked("transacciones pendientes", at=NOON - HOUR, found=0, language="es")
    found = [(one["language"], one["question"], one["asked"], one["nothing"]) for one in gaps(NOON)]
    assert found == [("pt", "transações pendentes", 4, 4), ("es", "transacciones pendientes", 1, 1)]


def test_whoever_is_given_a_gap_is_told_and_has_a_fortnight(team):
    gap = act(assign_gap, **WORDS, to=team.eve, by=team.tom)
    assert told("assignment_given") == [team.eve]
    assert AssignmentDeadline.objects.get(assignment=gap).due_at == NOON + 14 * DAY
    sweep_at(NOON + 14 * DAY - HOUR)
    assert told("article_late") == []
    sweep_at(NOON + 14 * DAY)
    assert told("article_late") == [team.eve]


def test_whoever_takes_it_themselves_is_told_nothing(team):
    act(assign_gap, **WORDS, to=team.eve, by=team.eve)
    assert told("assignment_given") == []


def test_a_gap_is_assigned_once_and_then_handed_over(team):
    first = act(assign_gap, **WORDS, to=team.eve, by=team.tom)
    asked("dividir contas", at=NOON, found=0)
    second = act(assign_gap, words="Dividir as contas!", language="pt", to=team.tom, by=team.eve)
    assert second.pk == first.pk and Assignment.objects.get().owner == team.tom
    assert gaps(NOON + HOUR)[0]["assignment"] == first
    assert told("assignment_given") == [team.eve, team.tom]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"words": " "}, "words"),
        ({"words": "a o de"}, "words"),
        ({"words": "x" * 257}, "words"),
        ({"language": "de"}, "language"),
    ],
)
def test_what_is_no_question_is_refused_by_name(team, said, field):
    with pytest.raises(Invalid) as refusal:
        act(assign_gap, **{**WORDS, **said}, to=team.eve, by=team.tom)
    assert [one.field for one in refusal.value.problems] == [field]


def test_customers_and_tools_neither_give_nor_get_gaps(team, cast):
    with pytest.raises(NotAllowed):
        act(assign_gap, **WORDS, to=team.eve, by=cast.ben.user)
    for person in (cast.ben.user, cast.monitor):
        with pytest.raises(Invalid):
            act(assign_gap, **WORDS, to=person, by=team.tom)


def test_it_closes_when_the_latest_five_were_answered_and_not_before(team):
    gap = act(assign_gap, **WORDS, to=team.eve, by=team.tom)
    asked("dividir a conta", at=NOON - HOUR, read=pt(), times=9)  # before it was assigned
    asked("dividir conta", at=NOON + HOUR, read=pt(), times=3)
    asked("dividir contas", at=NOON + HOUR, times=1)
    assert close(NOON + 2 * HOUR) == []
    asked("dividir a conta", at=NOON + HOUR, times=1)
    assert close(NOON + HOUR + timedelta(minutes=29)) == []  # somebody may write to us still
    assert close(NOON + 2 * HOUR) == [gap]
    gap.refresh_from_db()
    assert gap.closed_at == NOON + 2 * HOUR and AssignmentDeadline.objects.get().met_at == NOON + 2 * HOUR


def test_one_who_wrote_to_us_keeps_it_open_until_five_others_did_not(team):
    act(assign_gap, **WORDS, to=team.eve, by=team.tom)
    asked("dividir a conta", at=NOON + HOUR, read=pt(), times=4)
    asked("dividir a conta", at=NOON + HOUR, read=pt(), wrote=True)
    assert close(NOON + 2 * HOUR) == []
    asked("dividir a conta", at=NOON + 2 * HOUR, read=pt(), times=5)
    assert len(close(NOON + 3 * HOUR)) == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=9))
@pytest.mark.django_db
def test_it_is_closed_exactly_when_the_latest_five_say_so(searches):
    latest = searches[-SEARCHES:]
    answered = len(latest) == SEARCHES and not any(wrote for _, wrote in latest)
    answered = answered and sum(read for read, _ in latest) >= CLICKED * SEARCHES
    with transaction.atomic():
        owner = system_actor(SystemActor.GUIDE)
        with acting(by=owner, channel="test"):
            Assignment.objects.create(
                kind="gap", owner=owner, language="pt", words="dividir", stems="divid", opened_at=NOON
            )
        for number, (read, wrote) in enumerate(searches):
            asked("dividir", at=NOON + timedelta(minutes=number + 1), read=pt() if read else None, wrote=wrote)
        assert bool(close(NOON + DAY)) == answered
        transaction.set_rollback(True)


def test_people_do_not_say_that_a_gap_is_answered_but_may_say_that_it_is_none(team):
    gap = act(assign_gap, **WORDS, to=team.eve, by=team.tom)
    with pytest.raises(NotAllowed):
        act(close_answered_gaps, by=team.ada)
    with pytest.raises(Invalid, match="because"):
        act(end_assignment, gap, because=" ", by=team.eve)
    act(end_assignment, gap, because="The app does not split bills.", by=team.eve)
    for verb, more in ((end_assignment, {"because": "x"}), (hand_over, {"to": team.tom})):
        with pytest.raises(Conflict, match="ended"):
            act(verb, gap, **more, by=team.eve)


# -- the month's feedback


def test_a_round_begins_with_the_first_feedback_and_is_due_in_a_month(team):
    say(pt())
    say(pt(), "Another")
    begun = Assignment.objects.get(kind="feedback_round")
    assert AssignmentDeadline.objects.get().due_at == NOON + 30 * DAY
    sweep_at(NOON + 30 * DAY)
    assert team.ada in told("article_late")
    act(hand_over, begun, to=team.eve, by=team.ada)
    assert told("assignment_given") == [team.eve]


def test_it_ends_only_when_all_that_came_before_it_is_worked_in_and_the_next_begins(team):
    other = say(pt(), at=NOON)
    begun = Assignment.objects.get()
    assert begun.opened_at == NOON
    first = say(pt(), "Two", at=NOON)
    say(pt(), "Later", at=NOON + DAY)
    with pytest.raises(Conflict, match=f"{other.pk}, {first.pk}"):
        act(end_assignment, begun, because="Done.", by=team.eve)
    act(answer_feedback, other, outcome="declined", answer="Não é assim.", by=team.eve)
    act(answer_feedback, first, outcome="planned", by=team.eve)
    with pytest.raises(Conflict, match=str(first.pk)):
        act(end_assignment, begun, because="Done.", by=team.eve)
    draft = act(begin_revision, pt().article, language="pt", by=team.eve)
    act(link_feedback, first, revision=draft, by=team.eve)
    act(discard_draft, draft, by=team.eve)
    with pytest.raises(Conflict, match=str(first.pk)):
        act(end_assignment, begun, because="Done.", by=team.eve)
    draft = act(begin_revision, pt().article, language="pt", by=team.eve)
    act(link_feedback, first, revision=draft, by=team.eve)
    act(end_assignment, begun, because="Done.", by=team.eve, at=NOON + 3 * DAY)
    following = Assignment.objects.get(closed_at=None)
    assert following.opened_at == NOON + 3 * DAY


# -- what many did


def test_what_enough_people_asked_and_read_is_popular(db):
    asked("Dividir a conta", at=NOON - DAY, read=pt(), times=ENOUGH - 1)
    add_up(NOON)
    assert popular("pt") == []
    asked("dividir contas", at=NOON - DAY, read=pt())
    add_up(NOON)
    assert [(one.words, one.asked) for one in popular("pt")] == [("dividir a conta", ENOUGH)]
    assert popular("es") == []
    add_up(NOON + 31 * DAY)
    assert popular("pt") == []


@pytest.mark.parametrize(
    "more", [{"found": 0}, {"is_guess": True}, {"is_repeat": True}, {"wrote": True}, {"read": None}]
)
def test_what_was_not_answered_or_one_person_asked_is_not_popular(db, more):
    asked("dividir a conta", at=NOON - DAY, times=ENOUGH, **{"read": pt(), **more})
    add_up(NOON)
    assert popular("pt") == []


def test_the_same_browser_asking_again_counts_once(db):
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="help"):
        for hours in (0, 1, 2, 30):
            note_search(
                visitor="v" * 32, language="pt", words="dividir", found=1, is_guess=False, by=public,
                at=NOON + hours * HOUR,
            )  # fmt: skip
    assert list(SearchQuery.objects.order_by("id").values_list("is_repeat", flat=True)) == [False, True, True, False]


def test_a_question_typed_on_from_one_that_was_asked_before_is_a_repeat_as_well(db):
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="help"):
        for number in range(3):
            for second, words in ((0, "card"), (5, "card lost")):
                at = NOON + number * HOUR + timedelta(seconds=second)
                visitor = "a" * 16 + str(number) * 16  # another browser at the same address each time
                note_search(visitor=visitor, language="en", words=words, found=1, is_guess=False, by=public, at=at)
    assert list(SearchQuery.objects.order_by("id").values_list("words", "is_repeat")) == [
        ("card lost", False), ("card lost", True), ("card lost", True),
    ]  # fmt: skip


def test_no_long_text_becomes_a_popular_search(db):
    asked("card " * 13, at=NOON - DAY, read=pt(), times=ENOUGH)
    add_up(NOON)
    assert popular("pt") == []


@pytest.mark.parametrize("hidden", [{"audience": "support_team"}, {"withdrawn_at": NOON}, {"retired_at": NOON}])
def test_a_popular_search_goes_at_once_with_the_article_that_answered_it(db, client, hidden):
    secret = publish("secret")
    asked("quokka rules", at=NOON - DAY, read=secret, language="en", times=ENOUGH)
    add_up(NOON)
    assert "quokka rules" in client.get("/help/en/").content.decode()
    with acting(by=system_actor(SystemActor.GUIDE), channel="test"):
        type(secret.article).objects.filter(pk=secret.article_id).update(**hidden)
    assert PopularSearch.objects.exists() and "quokka" not in client.get("/help/en/").content.decode()


def test_reads_and_votes_are_added_up_for_what_is_shown(db):
    asked("x", at=NOON - DAY, read=pt(), times=3)
    asked("x", at=NOON - 91 * DAY, read=pt(), times=5)
    add_up(NOON)
    add_up(NOON)
    assert [(one.translation_id, one.reads, one.votes) for one in Tally.objects.all()] == [(pt().pk, 3, 0)]


def test_the_hourly_task_does_all_of_it(team):
    act(assign_gap, **WORDS, to=team.eve, by=team.tom, at=NOON - 3 * DAY)
    asked("dividir a conta", at=NOON - DAY, read=pt(), times=ENOUGH)
    add_up_readers()
    assert Tally.objects.exists() and popular("pt") and Assignment.objects.get().closed_at


# -- the back office


def test_the_page_of_gaps_assigns_and_that_of_the_assignment_shows_how_it_goes(team, client):
    client.force_login(team.tom)
    asked("dividir a conta", at=NOON, found=0)
    assert client.post("/admin/knowledge/searchquery/gaps/", {**WORDS, "to": "x"}).status_code == 302
    assert not Assignment.objects.exists()
    client.post("/admin/knowledge/searchquery/gaps/", {**WORDS, "to": team.eve.pk})
    gap = Assignment.objects.get()
    assert "Eve" in client.get("/admin/knowledge/searchquery/gaps/").content.decode()
    where = f"/admin/knowledge/assignment/{gap.pk}"
    assert "closes by itself" in client.get(f"{where}/change/").content.decode()
    client.post(f"{where}/do/hand-over/", {"to": team.tina.pk})
    client.post(f"{where}/do/end/", {"because": "The app does not split bills."})
    gap.refresh_from_db()
    assert gap.owner == team.tina and "The app does not split bills." in gap.closed_because
    say(pt())
    begun = Assignment.objects.get(kind="feedback_round")
    assert "The button is blue." in client.get(f"/admin/knowledge/assignment/{begun.pk}/change/").content.decode()
