"""The reply guard: what is doubtful about an agent's words is asked about before they go, by whatever door."""

from __future__ import annotations

from datetime import timedelta

import pytest

from communications.models import Message
from tests.conftest import NOON
from tests.make import do, make_ticket
from tickets.models import Reply
from tickets.reply_guard import NeedsConfirmation
from tickets.workflow.escalate import escalate_ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket
from tickets.workflow.update_progress import send_progress_update

MINUTE = timedelta(minutes=1)
PORTUGUESE = "Verificamos o seu cartão e não encontramos nenhuma transação recusada hoje."
ENGLISH = "We have looked at your card and there is no transaction that was declined today."
SECRET = "The fraud desk suspects that her brother used the card in Lisbon."


def asked(cast, ticket, body, **how):
    with pytest.raises(NeedsConfirmation) as refusal:
        do(reply_to_ticket, ticket, body=body, by=cast.tom, at=NOON + MINUTE, **how)
    return {one.code for one in refusal.value.problems}


@pytest.fixture
def ticket(cast):
    return make_ticket(cast.ana, description="Não funciona.")


@pytest.mark.parametrize(
    "left", ["{customer_name}", "{{ name }}", "[START_TIME]", "[LIST AFFECTED SERVICES]", "<first name>", "TODO", "{}"]
)
def test_a_place_that_was_to_be_filled_in_is_asked_about(cast, ticket, left):
    assert asked(cast, ticket, f"Olá {left}, tudo bem?") == {"leftover"}
    assert not Message.objects.filter(purpose="agent_reply").exists()


@pytest.mark.parametrize(
    "mention", ["@tina", "@Technical_Support", "@team", "tina@financy.example", "a nota interna", "tier 3", "handoff"]
)
def test_a_mention_of_the_inside_is_asked_about(cast, ticket, mention):
    assert asked(cast, ticket, f"Olá, {mention} verifica.") == {"internal"}


@pytest.mark.parametrize(
    "words", ["Escreva para ana@example.com.", "Siga @financy_app nas redes.", "Veja [sic] (a) 1 < 2."]
)
def test_what_only_looks_a_little_like_it_goes_through(cast, ticket, words):
    do(reply_to_ticket, ticket, body=words, by=cast.tom, at=NOON + MINUTE)


def test_the_text_of_an_internal_note_or_a_handoff_is_asked_about(cast, ticket):
    do(note_ticket, ticket, body=f"Called the bank.\n{SECRET}", by=cast.tom, at=NOON)
    assert "internal" in asked(cast, ticket, f"Olá! {SECRET}")
    do(escalate_ticket, ticket, reason="r", trigger="Customer request for escalation", by=cast.tom, at=NOON,
       handoff={"Tried": "Reset of the second factor through the back office tool"})  # fmt: skip
    with pytest.raises(NeedsConfirmation):
        do(
            reply_to_ticket,
            ticket,
            body="Reset of the second factor through the back office tool",
            by=cast.tina,
            at=NOON,
        )


def test_a_note_that_only_quotes_what_was_said_in_public_is_no_secret(cast, ticket):
    said = "O aplicativo mostra a mensagem de erro número quarenta e dois"
    do(reply_to_ticket, ticket, body=said, by=cast.ana.user, at=NOON)
    do(note_ticket, ticket, body=said, by=cast.tom, at=NOON)
    do(reply_to_ticket, ticket, body=f"Você disse: {said}", seen=Reply.objects.latest("id").pk, by=cast.tom, at=NOON)


def test_another_language_than_the_customers_is_asked_about(cast, ticket):
    assert asked(cast, ticket, ENGLISH) == {"language"}
    do(reply_to_ticket, ticket, body=PORTUGUESE, by=cast.tom, at=NOON + MINUTE)


def test_the_language_that_the_customer_wrote_in_last_is_theirs_too(cast, ticket):
    do(reply_to_ticket, ticket, body="Could you please answer in English? I am not at home.", by=cast.ana.user, at=NOON)
    do(reply_to_ticket, ticket, body=ENGLISH, seen=Reply.objects.latest("id").pk, by=cast.tom, at=NOON + MINUTE)


def test_words_that_the_writer_has_not_seen_are_asked_about(cast, ticket):
    seen = Reply.objects.latest("id").pk
    do(reply_to_ticket, ticket, body="Já funciona!", by=cast.ana.user, at=NOON)
    assert asked(cast, ticket, "Estamos vendo.", seen=seen) == {"unseen"}
    do(reply_to_ticket, ticket, body="Que bom!", seen=Reply.objects.latest("id").pk, by=cast.tom, at=NOON + MINUTE)


def test_who_does_not_say_what_they_saw_is_asked_when_several_words_wait(cast, ticket):
    do(reply_to_ticket, ticket, body="Oi?", by=cast.ana.user, at=NOON + MINUTE)
    assert asked(cast, ticket, "Estamos vendo.") == {"unseen"}
    do(reply_to_ticket, ticket, body="Vimos.", confirm=["unseen"], by=cast.tom, at=NOON + 2 * MINUTE)
    do(reply_to_ticket, ticket, body="Obrigada!", by=cast.ana.user, at=NOON + 3 * MINUTE)
    do(reply_to_ticket, ticket, body="Até logo.", by=cast.tom, at=NOON + 4 * MINUTE)


def test_every_doubt_is_named_at_once_and_the_confirmed_ones_join_the_history(cast, ticket):
    body = f"{ENGLISH} {{name}} @tina"
    assert asked(cast, ticket, body) == {"leftover", "internal", "language"}
    assert asked(cast, ticket, body, confirm=["leftover", "language"]) == {"internal"}
    codes = ["leftover", "internal", "language"]
    do(reply_to_ticket, ticket, body=body, confirm=codes, by=cast.tom, at=NOON + MINUTE)
    newest = ticket.history.latest("history_id")
    assert newest.history_change_reason == "(sent knowingly: leftover, internal, language)"
    do(reply_to_ticket, ticket, body="Obrigado.", confirm=codes, by=cast.tom, at=NOON + MINUTE)
    assert ticket.history.latest("history_id").history_change_reason == ""


def test_progress_resolution_and_the_reason_of_an_escalation_are_looked_at_as_well(cast, ticket):
    later = {"by": cast.tom, "at": NOON + MINUTE}
    with pytest.raises(NeedsConfirmation, match="details|language|English"):
        do(
            send_progress_update,
            ticket,
            details=ENGLISH,
            next_steps="x",
            estimated_resolution=NOON + 9 * MINUTE,
            **later,
        )
    with pytest.raises(NeedsConfirmation):
        do(resolve_ticket, ticket, summary="{summary}", actions_taken="x", prevention_measures="x", **later)
    with pytest.raises(NeedsConfirmation):
        do(
            escalate_ticket,
            ticket,
            reason="r",
            trigger="Customer request for escalation",
            customer_reason=ENGLISH,
            **later,
        )
    assert ticket.status == "new" and Message.objects.count() == 1


def test_customers_are_never_asked(cast, ticket):
    do(reply_to_ticket, ticket, body=f"{ENGLISH} {{name}} @tina tier 3", by=cast.ana.user, at=NOON)


def test_the_api_names_the_doubts_and_takes_the_confirmation(cast, ticket, client):
    from tests.api.conftest import client_with, issue

    tom = client_with(issue(cast.tom, [])[0])
    address = f"/api/v1/tickets/{ticket.reference}/replies/"
    answer = tom.post(address, {"body": ENGLISH}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "needs_confirmation")
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [("body", "language")]
    assert tom.post(address, {"body": ENGLISH, "confirm": ["perhaps"]}, format="json").status_code == 400
    assert tom.post(address, {"body": ENGLISH, "confirm": ["language"]}, format="json").status_code == 201


def test_the_reason_and_the_handoff_of_the_same_escalation_are_for_the_team(cast, ticket):
    how = {"trigger": "Customer request for escalation", "by": cast.tom, "at": NOON}
    for given in ({"reason": SECRET}, {"reason": "r", "handoff": {"Suspicion": SECRET}}):
        with pytest.raises(NeedsConfirmation, match="fraud desk"):
            do(escalate_ticket, ticket, customer_reason=f"We hand it on. {SECRET}", **given, **how)


def test_a_fact_of_the_same_name_hides_no_words_that_go_out(cast, ticket):
    facts = {"body": "tudo bem", "customer_reason": "ok"}
    assert asked(cast, ticket, "Olá {customer_name}, tudo bem?", facts=facts) == {"leftover"}
    with pytest.raises(NeedsConfirmation):
        do(
            escalate_ticket, ticket, customer_reason="{name} TODO", facts=facts, reason="r",
            trigger="Customer request for escalation", by=cast.tom, at=NOON,
        )  # fmt: skip
