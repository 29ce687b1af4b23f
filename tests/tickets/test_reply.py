"""reply_to_ticket and note_ticket: which words keep which promises."""

from datetime import timedelta

import pytest

from communications.models import Message
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from tests.conftest import NOON
from tests.make import deadline, do, make_ticket
from tickets.models import Reply
from tickets.workflow.hold import hold_ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket

HOUR = timedelta(hours=1)
RESOLUTION = {"summary": "Card sent", "actions_taken": "New card", "prevention_measures": "Checks"}


def test_an_agents_public_reply_meets_first_and_tier_response_and_goes_out(cast):
    ticket = make_ticket(cast.ana)
    do(reply_to_ticket, ticket, body="Olá Ana, estamos vendo.", by=cast.tom, at=NOON + HOUR)
    assert deadline(ticket, "first_response").met_at == deadline(ticket, "tier_response").met_at == NOON + HOUR
    assert (ticket.status, ticket.assignee, ticket.last_word_by, ticket.first_responded_at) == (
        "open", cast.tom, "agent", NOON + HOUR,
    )  # fmt: skip
    message = Message.objects.get(purpose="agent_reply")
    assert "Olá Ana, estamos vendo." in message.body and not message.is_automatic


def test_neither_a_note_nor_the_greeting_meets_a_response(cast):
    ticket = make_ticket(cast.ana)
    do(note_ticket, ticket, body="Looks like fraud", by=cast.tom, at=NOON + HOUR)
    assert deadline(ticket, "first_response").met_at is None
    assert Message.objects.count() == 1  # the greeting only: a note leaves nothing
    assert Reply.objects.filter(is_internal=True).count() == 1


def test_the_next_response_counts_from_the_oldest_unanswered_words(cast):
    ticket = make_ticket(cast.ana)
    do(reply_to_ticket, ticket, body="Answer", by=cast.tom, at=NOON + HOUR)
    do(reply_to_ticket, ticket, body="Still broken", by=cast.ana.user, at=NOON + 2 * HOUR)
    do(reply_to_ticket, ticket, body="Hello?", by=cast.ana.user, at=NOON + 3 * HOUR)
    assert deadline(ticket, "next_response").due_at == NOON + 4 * HOUR
    assert ticket.deadlines.filter(kind="next_response").count() == 1
    assert ticket.last_word_by == "customer"


def test_words_before_the_first_answer_start_no_second_promise(cast):
    ticket = make_ticket(cast.ana)
    do(reply_to_ticket, ticket, body="And another thing", by=cast.ana.user, at=NOON + HOUR)
    assert not ticket.deadlines.filter(kind="next_response").exists()


def test_the_customers_words_end_a_hold_that_waited_for_them(cast):
    ticket = make_ticket(cast.ana)
    do(reply_to_ticket, ticket, body="Which card?", by=cast.tom, at=NOON + HOUR)
    do(hold_ticket, ticket, reason="customer", by=cast.tom, at=NOON + HOUR)
    do(reply_to_ticket, ticket, body="The blue one", by=cast.ana.user, at=NOON + 10 * HOUR)
    assert ticket.status == "open"
    assert deadline(ticket, "resolution").due_at == NOON + timedelta(hours=72 + 9)


def test_words_on_a_resolved_ticket_reopen_it_and_on_a_closed_one_are_refused(cast):
    from tickets.workflow.close import close_ticket

    ticket = make_ticket(cast.ana)
    do(resolve_ticket, ticket, by=cast.tom, at=NOON + HOUR, **RESOLUTION)
    do(reply_to_ticket, ticket, body="No, it is not", by=cast.ana.user, at=NOON + 2 * HOUR)
    assert (ticket.status, ticket.cycle, ticket.resolved_at) == ("open", 2, None)
    assert deadline(ticket, "resolution").cycle == 2
    do(resolve_ticket, ticket, by=cast.tom, at=NOON + 3 * HOUR, **RESOLUTION)
    do(close_ticket, ticket, by=cast.tom, at=NOON + 3 * HOUR)
    with pytest.raises(Conflict, match="Open a new ticket"):
        do(reply_to_ticket, ticket, body="Hm", by=cast.ana.user, at=NOON + 4 * HOUR)


def test_a_colleague_who_may_read_may_not_write(cast):
    ticket = make_ticket(cast.ben)
    with pytest.raises(NotAllowed):
        do(reply_to_ticket, ticket, body="Me too", by=cast.bea.user, at=NOON)


def test_empty_words_are_refused(cast):
    ticket = make_ticket(cast.ana)
    with pytest.raises(Invalid, match="empty"):
        do(reply_to_ticket, ticket, body=" \n", by=cast.tom, at=NOON)


def test_a_customers_braces_come_out_literally(cast):
    ticket = make_ticket(cast.ben, subject="{reference} {{x}} %s [ROOT CAUSE]")
    do(reply_to_ticket, ticket, body=r"{customer_name} \g<0> %s", confirm=["leftover"], by=cast.tom, at=NOON)
    greeting, answer = Message.objects.order_by("id")
    assert "{reference} {{x}} %s [ROOT CAUSE]" in greeting.body + greeting.subject
    assert r"{customer_name} \g<0> %s" in answer.body
