"""What is owed beside the answer: promised updates, follow-ups, and the survey that a resolution carries."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from communications.models import Message
from financy_support.desk.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.conftest import NOON
from tests.make import deadline, do, make_ticket, sweep_at
from tickets.models import FollowUp, SatisfactionRating, UpdateDraft
from tickets.reply_guard import NeedsConfirmation
from tickets.survey import GOOD_FOR, LinkExpired, LinkRefused, read_token, survey_token
from tickets.survey_page import ASKED_A_MINUTE
from tickets.workflow.follow_up import complete_follow_up, follow_up_ticket
from tickets.workflow.rate import rate_ticket
from tickets.workflow.reopen import reopen_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket
from tickets.workflow.update_progress import send_progress_update

HOUR = timedelta(hours=1)
WORDS = {"summary": "Chegou", "actions_taken": "Reenviamos", "prevention_measures": "Novo correio"}


@pytest.fixture
def ticket(cast):
    return make_ticket(cast.ana, description="Não funciona.")


def tell(ticket, cast, at, next_update_at=None, details="Achamos a causa", **how):
    return do(send_progress_update, ticket, details=details, next_steps="Trocar a peça", next_update_at=next_update_at,
              estimated_resolution=at + 20 * HOUR, by=cast.tom, at=at, **how)  # fmt: skip


def test_a_promised_update_is_a_deadline_that_the_customer_reads(cast, ticket):
    message = tell(ticket, cast, NOON, NOON + HOUR)
    assert "Próxima atualização: 23 de novembro de 2026" in message.body
    assert deadline(ticket, "progress_update").due_at == NOON + HOUR
    assert "Próxima atualização: assim que houver novidades" in tell(ticket, cast, NOON + HOUR / 2).body


def test_only_a_real_update_keeps_it(cast, ticket):
    tell(ticket, cast, NOON, NOON + HOUR)
    do(reply_to_ticket, ticket, body="Estamos vendo.", by=cast.tom, at=NOON + HOUR / 2)
    assert deadline(ticket, "progress_update").is_open
    tell(ticket, cast, NOON + HOUR / 2, NOON + 3 * HOUR)
    first, second = ticket.deadlines.filter(kind="progress_update").order_by("id")
    assert (first.met_at, second.met_at, second.due_at) == (NOON + HOUR / 2, None, NOON + 3 * HOUR)
    do(resolve_ticket, ticket, by=cast.tom, at=NOON + HOUR, **WORDS)
    assert deadline(ticket, "progress_update").met_at == NOON + HOUR


def test_silence_past_it_begins_the_next_update_and_sends_nothing(cast, ticket):
    tell(ticket, cast, NOON, NOON + HOUR)
    said = Message.objects.count()
    sweep_at(NOON + HOUR)
    sweep_at(NOON + 2 * HOUR)
    draft = UpdateDraft.objects.get()
    assert Message.objects.count() == said
    assert draft.details.startswith("Prometemos novidades") and "10:00:00" in draft.details
    assert (draft.next_steps, draft.promised_at) == ("Trocar a peça", NOON + HOUR)
    assert deadline(ticket, "progress_update").breached_at == NOON + HOUR


def test_a_draft_goes_out_only_when_a_person_has_completed_it(cast, ticket):
    tell(ticket, cast, NOON, NOON + HOUR)
    sweep_at(NOON + HOUR)
    draft = UpdateDraft.objects.get()
    with pytest.raises(NeedsConfirmation, match="what_is_new"):
        tell(ticket, cast, NOON + 2 * HOUR, details=draft.details)
    tell(ticket, cast, NOON + 2 * HOUR, details=draft.details.replace("{what_is_new}", "A peça chegou."))
    draft.refresh_from_db()
    assert draft.done_at == NOON + 2 * HOUR
    kept_late = deadline(ticket, "progress_update")
    assert (kept_late.met_at, kept_late.breached_at) == (NOON + 2 * HOUR, NOON + HOUR)


def test_a_promise_in_the_past_is_refused(cast, ticket):
    with pytest.raises(Invalid, match="coming moment"):
        tell(ticket, cast, NOON, NOON)


def test_a_resolution_that_needs_a_follow_up_puts_it_on_the_books(cast, ticket):
    do(resolve_ticket, ticket, follow_up_required=True, follow_up="Ligamos na sexta.", by=cast.tom, at=NOON,
       follow_up_schedule=NOON + 48 * HOUR, **WORDS)  # fmt: skip
    owed = FollowUp.objects.get()
    assert (owed.what, owed.due_at, owed.owner, owed.done_at) == ("Ligamos na sexta.", NOON + 48 * HOUR, cast.tom, None)
    assert ticket.deadlines.open().get().kind == "follow_up"
    assert (ticket.next_due_kind, ticket.next_due_at) == ("follow_up", NOON + 48 * HOUR)
    sweep_at(NOON + 49 * HOUR)
    assert deadline(ticket, "follow_up").breached_at == NOON + 48 * HOUR
    do(complete_follow_up, ticket, follow_up=owed.pk, outcome="She is happy", by=cast.tina, at=NOON + 50 * HOUR)
    owed.refresh_from_db()
    assert (owed.done_by, owed.outcome) == (cast.tina, "She is happy")
    assert not ticket.deadlines.open().exists() and ticket.next_due_at is None
    with pytest.raises(Conflict, match="done already"):
        do(complete_follow_up, ticket, follow_up=owed.pk, outcome="x", by=cast.tina, at=NOON + 50 * HOUR)


def test_without_a_day_the_policy_says_when(cast, ticket):
    do(resolve_ticket, ticket, follow_up_required=True, follow_up="Ligamos.", by=cast.tom, at=NOON, **WORDS)
    assert FollowUp.objects.get().due_at == NOON + 72 * HOUR


def test_the_earliest_of_several_follow_ups_is_watched(cast, ticket):
    for hours in (9, 3, 6):
        do(follow_up_ticket, ticket, what=f"in {hours}", due_at=NOON + hours * HOUR, by=cast.tom, at=NOON)
    for hours in (3, 6, 9):
        assert ticket.deadlines.open().get(kind="follow_up").due_at == NOON + hours * HOUR
        first = FollowUp.objects.filter(done_at__isnull=True).first()
        do(complete_follow_up, ticket, follow_up=first.pk, outcome="ok", by=cast.tom, at=NOON + HOUR)
    assert not ticket.deadlines.open().filter(kind="follow_up").exists()


def test_a_follow_up_outlives_a_reopening(cast, ticket):
    do(resolve_ticket, ticket, follow_up_required=True, follow_up="Ligamos.", by=cast.tom, at=NOON, **WORDS)
    do(reopen_ticket, ticket, reason="Não", by=cast.ana.user, at=NOON + HOUR)
    do(resolve_ticket, ticket, by=cast.tom, at=NOON + 2 * HOUR, **WORDS)
    assert ticket.deadlines.open().get().kind == "follow_up"


def link_in(message):
    return re.search(r"\S+/survey/(\S+)/", message.body)[1]


def test_the_resolution_carries_a_link_of_three_days_for_this_cycle(cast, ticket, settings):
    do(resolve_ticket, ticket, by=cast.tom, at=NOON, **WORDS)
    message = Message.objects.get(purpose="resolution_notification")
    assert f"{settings.DESK_BASE_URL}/survey/" in message.body
    survey = read_token(link_in(message), at=NOON + GOOD_FOR - HOUR)
    assert (survey.ticket_id, survey.cycle) == (ticket.pk, 1)
    with pytest.raises(LinkExpired):
        read_token(link_in(message), at=NOON + GOOD_FOR)


@pytest.mark.parametrize("token", [None, "", "None", ".", "a.b", "x" * 400])
def test_what_is_no_link_never_matches(token):
    with pytest.raises(LinkRefused):
        read_token(token, at=NOON)


def test_a_link_of_another_purpose_another_key_or_a_changed_one_never_matches(cast, ticket, settings):
    good = survey_token(ticket, at=NOON)
    facts = ["unsubscribe", ticket.pk, 1, int((NOON + HOUR).timestamp())]
    others = [
        signing.Signer(salt="tickets.satisfaction-survey", sep=".").sign_object(facts),
        signing.Signer(salt="another", sep=".").sign_object(["satisfaction-survey", *facts[1:]]),
        signing.Signer(salt="tickets.satisfaction-survey", sep=".").sign_object(None),
        good[:-1] + ("A" if good[-1] != "A" else "B"),
    ]
    for token in others:
        with pytest.raises(LinkRefused):
            read_token(token, at=NOON)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [settings.SECRET_KEY]
    assert read_token(good, at=NOON).ticket_id == ticket.pk


def test_a_rating_is_given_once_a_cycle_by_the_customer_alone(cast, ticket):
    with pytest.raises(Conflict, match="not resolved"):
        do(rate_ticket, ticket, score=5, by=cast.ana.user, at=NOON)
    do(resolve_ticket, ticket, by=cast.tom, at=NOON, **WORDS)
    for other in (cast.tom, cast.ada, cast.monitor):
        with pytest.raises((NotAllowed, NotFound)):
            do(rate_ticket, ticket, score=5, by=other, at=NOON)
    for score in (0, 6, True):
        with pytest.raises(Invalid):
            do(rate_ticket, ticket, score=score, by=cast.ana.user, at=NOON)
    do(rate_ticket, ticket, score=4, comment=" Boa ", by=cast.ana.user, at=NOON)
    with pytest.raises(Conflict, match="already"):
        do(rate_ticket, ticket, score=1, by=cast.ana.user, at=NOON)
    do(reopen_ticket, ticket, reason="Não", by=cast.ana.user, at=NOON)
    do(resolve_ticket, ticket, by=cast.tom, at=NOON, **WORDS)
    do(rate_ticket, ticket, score=1, by=cast.ana.user, at=NOON)
    assert list(SatisfactionRating.objects.values_list("cycle", "score", "comment")) == [(1, 4, "Boa"), (2, 1, "")]


@pytest.fixture
def page(cast, ticket, client):
    client.defaults["REMOTE_ADDR"] = f"198.51.100.{ticket.pk % 250}"  # the counter outlives a test
    do(resolve_ticket, ticket, by=cast.tom, at=timezone.now(), **WORDS)
    return f"/survey/{link_in(Message.objects.get(purpose='resolution_notification'))}/"


def test_opening_the_link_never_rates_and_one_click_does(client, page):
    for _ in range(3):
        answer = client.get(page)
        assert answer.status_code == 200 and "Como foi o nosso atendimento?" in answer.content.decode()
    client.get(page, {"score": "1"})
    client.head(page)
    assert not SatisfactionRating.objects.exists()
    answer = client.post(page, {"score": "5", "comment": "Rápidos!"})
    assert "Sua avaliação chegou até nós" in answer.content.decode()
    rating = SatisfactionRating.objects.get()
    assert (rating.score, rating.comment, rating.channel, rating.by_id) == (5, "Rápidos!", "survey", 6)
    assert "Você já avaliou" in client.post(page, {"score": "1"}).content.decode()
    assert SatisfactionRating.objects.get().score == 5
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_the_page_needs_no_cookie(page):
    from django.test import Client

    assert Client(enforce_csrf_checks=True).post(page, {"score": "3"}).status_code == 200
    assert SatisfactionRating.objects.get().score == 3


@pytest.mark.parametrize("typed", [{}, {"score": "6"}, {"score": "five"}, {"score": "5", "comment": "x" * 5001}])
def test_a_wrong_answer_is_asked_again_with_the_words_kept(client, page, typed):
    answer = client.post(page, typed)
    assert answer.status_code == 400 and 'role="alert"' in answer.content.decode()
    assert not SatisfactionRating.objects.exists()


def test_a_link_that_is_none_says_so_in_the_visitors_language(client, db):
    answer = client.get("/survey/abc/", headers={"Accept-Language": "es"})
    assert answer.status_code == 404 and "Este enlace no funciona." in answer.content.decode()


def test_many_tries_from_one_address_wait(client, page):
    answers = [client.get(page, REMOTE_ADDR="192.0.2.7").status_code for _ in range(ASKED_A_MINUTE + 2)]
    assert answers == [200] * ASKED_A_MINUTE + [429] * 2


def test_the_catalogues_of_the_page_are_compiled_and_complete():
    from pathlib import Path

    from babel.messages import mofile, pofile

    for language in ("pt", "es"):
        folder = Path(__file__).parents[2] / f"tickets/locale/{language}/LC_MESSAGES"
        with (folder / "django.po").open("rb") as source, (folder / "django.mo").open("rb") as compiled:
            said = {one.id: one.string for one in pofile.read_po(source) if one.id}
            assert said == {one.id: one.string for one in mofile.read_mo(compiled) if one.id}
        assert all(said.values())
        code = (Path(__file__).parents[2] / "tickets/survey_page.py").read_text("utf-8")
        assert set(re.findall(r'_\("([^"]+)"\)', code)) <= set(said)


def test_the_api_takes_a_rating_and_keeps_follow_ups(cast, ticket):
    from tests.api.conftest import client_with, issue

    do(resolve_ticket, ticket, by=cast.tom, at=NOON, **WORDS)
    ana, tom = (client_with(issue(who, [])[0]) for who in (cast.ana, cast.tom))
    address = f"/api/v1/tickets/{ticket.reference}"
    assert ana.post(f"{address}/rate/", {"score": 4}, format="json").json()["score"] == 4
    assert ana.post(f"{address}/rate/", {"score": 4}, format="json").json()["code"] == "already_rated"
    assert tom.post(f"{address}/rate/", {"score": 4}, format="json").status_code == 403
    made = tom.post(f"{address}/follow-ups/", {"what": "Call"}, format="json")
    assert made.status_code == 201 and made.json()["owner"] == "tom@financy.example"
    assert len(tom.get(f"{address}/follow-ups/").json()["results"]) == 1
    done = tom.post(f"{address}/follow-ups/{made.json()['id']}/complete/", {"outcome": "ok"}, format="json")
    assert done.json()["done_at"] and ana.get(f"{address}/follow-ups/").status_code == 403
