"""Phone calls: what they keep and start, where a phone system's calls land, and that none is lost or logged twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from communications.models import Channel, Message
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import SystemActor, system_actor
from tests.conftest import NOON
from tests.make import deadline, do, make_ticket, sweep_at
from tickets.models import PhoneCall, Ticket
from tickets.reply_guard import NeedsConfirmation
from tickets.workflow.close import close_ticket
from tickets.workflow.hold import hold_ticket
from tickets.workflow.log_call import log_call
from tickets.workflow.note import note_ticket
from tickets.workflow.resolve import resolve_ticket
from tickets.workflow.say_in_chat import say_in_chat
from tickets.workflow.start_chat import start_visitor_chat
from tickets.workflow.take_in_call import place_call, take_in_call

MINUTE = timedelta(minutes=1)
# NOON is a Monday at 9 in São Paulo, when the phone opens; this Saturday it is closed.
SATURDAY = datetime(2026, 11, 28, 15, 0, tzinfo=UTC)
MONDAY_OPENING = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def say(ticket, by, at=NOON + MINUTE, **fields):
    values = {
        "direction": "inbound",
        "is_answered": True,
        "duration": 5 * MINUTE,
        "notes": "Card is blocked.",
        **fields,
    }
    return do(log_call, ticket, by=by, at=at, **values)


def missed(ticket, by, at=NOON + MINUTE, **fields):
    return say(ticket, by, at, is_answered=False, duration=timedelta(), notes="", **fields)


def take_in(by, at=NOON, **fields):
    values = {"direction": "inbound", "number": "+55 11 98765-4321", "is_answered": False, **fields}
    with acting(by=by, channel="test"):
        return take_in_call(**values, by=by, at=at)


@pytest.fixture
def phone(cast):
    """Ana's number, and a phone system that may write."""
    with acting(by=cast.ada, channel="test"):
        Customer.objects.filter(pk=cast.ana.pk).update(phone="+55 (11) 98765-4321")
    cast.monitor.scopes = frozenset({"tickets:read", "tickets:write"})
    return cast.monitor


def test_a_call_in_which_an_agent_spoke_is_a_response_and_sends_nothing(cast):
    ticket = make_ticket(cast.ana)
    sent = Message.objects.count()
    call = say(ticket, cast.tom)
    assert deadline(ticket, "first_response").met_at == NOON + MINUTE
    assert (ticket.status, ticket.assignee, ticket.last_word_by) == ("open", cast.tom, "agent")
    assert (call.reply.channel, call.reply.is_internal) == ("phone_support", False)
    assert "Card is blocked." in call.reply.body
    assert "5 minutes" in call.reply.body
    assert Message.objects.count() == sent


def test_notes_may_be_kept_from_the_customer(cast):
    assert say(make_ticket(cast.ana), cast.tom, is_public=False).reply.is_internal
    assert say(make_ticket(cast.ana), cast.tom, notes="").reply.is_internal


def test_an_unanswered_call_promises_a_call_back_in_five_minutes(cast):
    ticket = make_ticket(cast.ana)
    call = missed(ticket, cast.tom)
    promise = deadline(ticket, "call_back")
    assert promise.due_at == NOON + 6 * MINUTE
    assert promise.policy_source == "channel phone_support, call back"
    assert (ticket.next_due_kind, call.reply.is_internal) == ("call_back", True)
    assert deadline(ticket, "first_response").met_at is None
    missed(ticket, cast.tom, NOON + 2 * MINUTE)  # a second call promises nothing anew
    assert ticket.deadlines.filter(kind="call_back").count() == 1
    sweep_at(NOON + 10 * MINUTE)
    assert deadline(ticket, "call_back").breached_at == NOON + 6 * MINUTE


def test_the_five_minutes_run_in_the_phone_s_own_hours(cast):
    ticket = make_ticket(cast.ana, at=SATURDAY)
    missed(ticket, cast.tom, SATURDAY)
    assert deadline(ticket, "call_back").due_at == MONDAY_OPENING + 5 * MINUTE


def test_how_soon_is_a_row_and_without_it_nothing_is_promised(cast):
    with acting(by=cast.ada, channel="test"):
        Channel.objects.filter(code="phone_support").update(call_back_within=None)
    ticket = make_ticket(cast.ana)
    missed(ticket, cast.tom)
    assert not ticket.deadlines.filter(kind="call_back").exists()


@pytest.mark.parametrize("reached", [True, False])
def test_calling_back_keeps_the_promise_even_when_nobody_picks_up(cast, reached):
    ticket = make_ticket(cast.ana)
    missed(ticket, cast.tom)
    call = say if reached else missed
    call(ticket, cast.tom, NOON + 3 * MINUTE, direction="outbound")
    assert deadline(ticket, "call_back").met_at == NOON + 3 * MINUTE
    assert (deadline(ticket, "first_response").met_at is not None) is reached


def test_a_call_of_the_customer_ends_a_hold_that_waited_for_them(cast):
    ticket = make_ticket(cast.ana)
    do(hold_ticket, ticket, reason="customer", by=cast.tom, at=NOON)
    missed(ticket, cast.tom)
    assert ticket.status == "on_hold"
    say(ticket, cast.tom)
    assert (ticket.status, ticket.hold_reason) == ("open", "")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"direction": "sideways"}, "direction"),
        ({"number": "call me"}, "number"),
        ({"duration": -MINUTE}, "duration"),
        ({"duration": timedelta(days=2)}, "duration"),
        ({"is_answered": False}, "duration"),
        ({"notes": "x" * 100_000}, "notes"),
    ],
)
def test_what_no_call_can_be_is_refused_by_name(cast, fields, field):
    with pytest.raises(Invalid) as refusal:
        say(make_ticket(cast.ana), cast.tom, **fields)
    assert refusal.value.problems[0].field == field


def test_customers_log_no_calls_and_closed_tickets_take_none(cast):
    ticket = make_ticket(cast.ana)
    with pytest.raises(NotAllowed):
        say(ticket, cast.ana.user)
    do(resolve_ticket, ticket, summary="s", actions_taken="a", prevention_measures="p", by=cast.tom, at=NOON)
    do(close_ticket, ticket, by=cast.tom, at=NOON)
    with pytest.raises(Conflict):
        say(ticket, cast.tom)


def test_a_phone_system_s_call_lands_on_the_newest_live_ticket_of_who_has_the_number(cast, phone):
    make_ticket(cast.ana, subject="old")
    newest = make_ticket(cast.ana, subject="new")
    call = take_in(phone, number="+5511987654321")
    assert call.ticket == newest
    assert newest.deadlines.get(kind="call_back").due_at == NOON + 5 * MINUTE


def test_a_phone_system_names_who_spoke_and_only_then_a_response_is_kept(cast, phone):
    ticket = make_ticket(cast.ana)
    take_in(phone, is_answered=True, duration=MINUTE, notes="Talked.")
    assert deadline(ticket, "first_response").met_at is None
    call = take_in(phone, is_answered=True, duration=MINUTE, notes="Talked.", agent=cast.tom)
    assert deadline(ticket, "first_response").met_at == NOON
    assert (call.by, call.reply.is_internal) == (phone, False)


def test_without_a_live_ticket_a_call_opens_one(cast, phone):
    call = take_in(phone, at=NOON + MINUTE)
    assert call.ticket is not None
    assert call.ticket.subject.startswith("Missed phone call")
    assert (call.ticket.customer, call.ticket.channel) == (cast.ana, "phone_support")
    assert call.ticket.next_due_kind == "call_back"


def test_the_same_call_told_twice_is_logged_once(cast, phone):
    make_ticket(cast.ana)
    first = take_in(phone, source="pbx-1")
    assert take_in(phone, source="pbx-1") == first
    ticket = Ticket.objects.get()
    assert say(ticket, cast.tom, source="pbx-1") == first
    assert PhoneCall.objects.count() == 1


@pytest.mark.parametrize("number", ["+4930123456", "", "112"])
def test_a_number_that_nobody_has_waits_and_is_placed_by_hand(cast, phone, number):
    ticket = make_ticket(cast.ben)
    call = take_in(phone, number=number)
    assert (call.ticket, call.reply) == (None, None)
    with acting(by=cast.tom, channel="test"):
        place_call(call, ticket=ticket, by=cast.tom, at=NOON + MINUTE)
    call.refresh_from_db()
    assert call.ticket == ticket
    assert deadline(ticket, "call_back").started_at == NOON + MINUTE
    with acting(by=cast.tom, channel="test"), pytest.raises(Conflict):
        place_call(call, ticket=ticket, by=cast.tom, at=NOON)


def test_a_number_that_two_have_waits_too(cast, phone):
    with acting(by=cast.ada, channel="test"):
        Customer.objects.filter(pk=cast.ben.pk).update(phone="5511987654321")
    assert take_in(phone).ticket is None


def test_a_tool_without_the_scope_logs_nothing(cast):
    with pytest.raises(NotAllowed):
        take_in(cast.monitor)


SECRET = "The fraud desk suspects that her brother used the card in Lisbon."


def test_notes_that_the_customer_will_read_are_looked_at_as_a_reply_is(cast):
    ticket = make_ticket(cast.ben)
    do(note_ticket, ticket, body=SECRET, by=cast.tom, at=NOON)
    with pytest.raises(NeedsConfirmation, match="fraud desk"):
        say(ticket, cast.tom, notes=f"Card is blocked. {SECRET}")
    assert not PhoneCall.objects.exists()
    assert say(ticket, cast.tom, notes=SECRET, is_public=False).reply.is_internal
    assert not say(ticket, cast.tom, notes=f"Card is blocked. {SECRET}", confirm=["internal"]).reply.is_internal


def test_a_phone_system_cannot_be_asked_so_doubtful_notes_are_for_the_team(cast):
    cast.monitor.scopes = frozenset({"tickets:read", "tickets:write"})
    ticket = make_ticket(cast.ben)
    do(note_ticket, ticket, body=SECRET, by=cast.tom, at=NOON)
    assert say(ticket, cast.monitor, agent=cast.tom, notes=SECRET).reply.is_internal
    assert not say(ticket, cast.monitor, agent=cast.tom).reply.is_internal


def test_the_id_of_a_call_opens_no_call_of_a_ticket_that_one_may_not_see(cast):
    hidden = make_ticket(cast.ana, category="security")
    say(hidden, cast.sam, source="call-1", notes="secret words")
    mine = make_ticket(cast.ben)
    with pytest.raises(Conflict) as refusal:
        say(mine, cast.tom, source="call-1")
    assert refusal.value.code == "taken" and "secret" not in refusal.value.detail
    with pytest.raises(Conflict):
        take_in(cast.tom, source="call-1")
    assert say(hidden, cast.sam, source="call-1").notes == "secret words"


def test_a_call_never_lands_on_what_a_visitor_opened_in_the_caller_s_name(cast, phone):
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="test"):
        mallory = start_visitor_chat(name="Ana", email="ana@example.com", by=public, at=NOON).person
    with acting(by=mallory, channel="test"):
        chat = say_in_chat(body="It is me", by=mallory, at=NOON).ticket
    notes = "Her card ends in 4242."
    call = take_in(phone, is_answered=True, duration=5 * MINUTE, notes=notes, agent=cast.tom, at=NOON + MINUTE)
    assert call.ticket_id != chat.pk and set(Ticket.objects.visible_to(mallory)) == {chat}


def test_an_agent_who_logs_a_call_by_its_number_can_mean_what_is_asked_about(cast, phone):
    ticket = make_ticket(cast.ana)
    do(note_ticket, ticket, body=SECRET, by=cast.tom, at=NOON)
    said = {"is_answered": True, "duration": MINUTE, "notes": SECRET, "at": NOON + MINUTE}
    with pytest.raises(NeedsConfirmation):
        take_in(cast.tom, **said)
    assert not take_in(cast.tom, **said, confirm=["internal"]).reply.is_internal


def test_what_a_phone_system_wrote_down_is_not_said_again_as_the_question(cast, phone):
    call = take_in(phone, is_answered=True, duration=MINUTE, notes=SECRET, agent=cast.tom, at=NOON + MINUTE)
    opening = call.ticket.replies.get(is_opening=True)
    assert "fraud desk" not in opening.body and opening.body.endswith("What was said stands with the call.")
