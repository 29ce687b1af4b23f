"""The queue: whose tickets, in which order, through which views, filters and words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.admin.page import queue, references, text
from tests.make import do, make_ticket
from tickets.workflow.assign import assign_ticket
from tickets.workflow.hold import hold_ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket

HOUR = timedelta(hours=1)


def ago(hours=0, minutes=0):
    return timezone.now() - timedelta(hours=hours, minutes=minutes)


def test_live_tickets_stand_in_order_of_their_next_due_time_held_ones_last(cast, at_the_desk):
    late = make_ticket(cast.ana, at=ago(hours=3))
    fresh = make_ticket(cast.ben, at=ago(minutes=1))
    soon = make_ticket(cast.dan, at=ago(minutes=100))
    held = make_ticket(cast.carmen, at=ago(minutes=1))
    do(reply_to_ticket, held, body="Which browser is it?", by=cast.tom, at=ago(minutes=1))
    do(hold_ticket, held, reason="customer", by=cast.tom, at=ago(minutes=1))
    done = make_ticket(cast.dora, at=ago(hours=1))
    do(resolve_ticket, done, summary="x", actions_taken="x", prevention_measures="x", by=cast.tom, at=timezone.now())
    shown = references(queue(at_the_desk(cast.tom)))
    assert shown == [late.reference, soon.reference, fresh.reference, held.reference]
    assert done.reference not in shown


def test_colour_and_word_say_how_each_promise_stands(cast, at_the_desk):
    make_ticket(cast.ana, at=ago(hours=3))
    make_ticket(cast.ben, at=ago(minutes=100))
    make_ticket(cast.dan, at=ago(minutes=1))
    page = text(queue(at_the_desk(cast.tom)))
    for tone, word in (("breached", "breached"), ("at_risk", "at risk"), ("fine", "fine")):
        assert f'desk-due-{tone}"><b>{word}</b>' in page


def test_an_agent_sees_their_tier_and_below_and_no_security_ticket(cast, at_the_desk):
    first, second = make_ticket(cast.ana), make_ticket(cast.ana, severity="high")
    third, secret = make_ticket(cast.ana, severity="critical"), make_ticket(cast.ana, category="security")
    seen = {name: set(references(queue(at_the_desk(getattr(cast, name))))) for name in ("tom", "tina", "sam", "ada")}
    assert seen["tom"] == {first.reference}
    assert seen["tina"] == {first.reference, second.reference}
    assert seen["sam"] == {one.reference for one in (first, second, third, secret)}
    assert seen["ada"] == seen["sam"]


def test_an_editor_has_no_queue(cast, at_the_desk):
    make_ticket(cast.ana)
    assert queue(at_the_desk(cast.eve)).status_code == 403


def test_customers_and_tools_are_sent_to_the_log_in(cast, at_the_desk):
    for person in (cast.ana.user, cast.monitor):
        answer = queue(at_the_desk(person))
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/admin/login/")


def test_each_view_shows_its_tickets(cast, at_the_desk):
    mine, free = make_ticket(cast.ana, at=ago(minutes=1)), make_ticket(cast.ben, at=ago(minutes=1))
    late, soon = make_ticket(cast.dan, at=ago(hours=5)), make_ticket(cast.dan, at=ago(minutes=90))
    waiting, done = make_ticket(cast.dora, at=ago(minutes=1)), make_ticket(cast.dora, at=ago(minutes=1))
    do(assign_ticket, mine, to=cast.tom, by=cast.tom, at=ago(minutes=1))
    for ticket in (late, soon, waiting):
        do(assign_ticket, ticket, to=cast.tina, by=cast.tina, at=ago(minutes=1))
    do(hold_ticket, waiting, reason="customer", by=cast.tina, at=ago(minutes=1))
    do(resolve_ticket, done, summary="x", actions_taken="x", prevention_measures="x", by=cast.tina, at=timezone.now())
    tom = at_the_desk(cast.tom)
    assert references(queue(tom, view="mine")) == [mine.reference]
    assert references(queue(tom, view="team")) == [free.reference]
    assert references(queue(tom, view="breached")) == [late.reference]
    assert references(queue(tom, view="hour")) == [soon.reference]
    assert references(queue(tom, view="customer")) == [waiting.reference]
    assert references(queue(tom, view="all"))[0] == done.reference


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"severity__exact": "low"}, ["low"]),
        ({"language__exact": "pt"}, ["ana"]),
        ({"tier": "1"}, ["low", "ana"]),
        ({"status__exact": "closed"}, []),
    ],
)
def test_filters_narrow_the_view(cast, at_the_desk, asked, found):
    tickets = {"low": make_ticket(cast.ben, severity="low"), "ana": make_ticket(cast.ana)}
    make_ticket(cast.ben, severity="high")
    assert set(references(queue(at_the_desk(cast.tina), **asked))) == {tickets[name].reference for name in found}


def test_a_status_filter_looks_beyond_live_tickets(cast, at_the_desk):
    done = make_ticket(cast.dora)
    do(resolve_ticket, done, summary="x", actions_taken="x", prevention_measures="x", by=cast.tom, at=timezone.now())
    assert references(queue(at_the_desk(cast.tom), status__exact="resolved")) == [done.reference]


def test_a_search_finds_by_reference_by_email_and_by_words_of_notes_too(cast, at_the_desk):
    ticket, other = make_ticket(cast.ana, subject="Extrato vazio"), make_ticket(cast.ben)
    do(note_ticket, ticket, body="looks like the quokka bug", by=cast.tom, at=timezone.now())
    tom = at_the_desk(cast.tom)
    for words in (ticket.reference.lower(), f" {ticket.reference} ", "ANA@example.com", "extrato", "quokka"):
        assert references(queue(tom, q=words)) == [ticket.reference], words
    assert references(queue(tom, q=other.reference)) == [other.reference]
    assert references(queue(tom, q="xylophone")) == []


def test_a_search_finds_no_ticket_beyond_the_agents_scope(cast, at_the_desk):
    secret = make_ticket(cast.ana, category="security", subject="quokka")
    tom = at_the_desk(cast.tom)
    assert references(queue(tom, q="quokka")) == references(queue(tom, q=secret.reference)) == []


@pytest.mark.parametrize("asked", [{"view": "nonsense"}, {"tier": "9"}, {"q": "\x00"},
                                   {"q": "FIN-99999999999999999999"},
                                   {"p": "999"}, {"p": "x"}, {"o": "99"}, {"q": "'" * 300}])  # fmt: skip
def test_nonsense_in_the_address_breaks_nothing(cast, at_the_desk, asked):
    make_ticket(cast.ana)
    assert queue(at_the_desk(cast.tom), **asked).status_code in (200, 302)


def test_an_empty_view_says_what_to_do_next(cast, at_the_desk):
    page = text(queue(at_the_desk(cast.tom), view="mine"))
    assert "Nothing is assigned to you" in page
    assert "Show all live tickets" in page


def test_customers_words_are_shown_as_text(cast, at_the_desk):
    make_ticket(cast.ana, subject="<script>alert(1)</script>")
    page = text(queue(at_the_desk(cast.tom)))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
