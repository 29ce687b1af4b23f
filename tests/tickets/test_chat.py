"""A chat as rows: whose conversation it is, where answers go, what was read, and what goes by mail unread."""

from __future__ import annotations

from datetime import timedelta

import pytest

from communications.channels.email import mail_of
from communications.models import Delivery, Message
from communications.outbox import deliver
from financy_support.api.models import ApiToken, digest_of
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import SystemActor, system_actor
from tests.conftest import NOON
from tests.make import do, make_ticket, sweep_at
from tickets.chat import LEASE, be_here, chat_of, customer_is_here, desk_is_available
from tickets.live.open import open_stream, say_typing
from tickets.models import CHAT, ChatDeadline, ChatRule, ReadMark, Reply, Ticket
from tickets.workflow.close import close_ticket
from tickets.workflow.mark_read import mark_read
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket
from tickets.workflow.say_in_chat import say_in_chat
from tickets.workflow.set_available import set_available
from tickets.workflow.start_chat import start_chat, start_visitor_chat

WAIT = timedelta(minutes=2)
SECOND = timedelta(seconds=1)


def say(person, body, at=NOON):
    with acting(by=person, channel="test"):
        return say_in_chat(body=body, by=person, at=at)


def answer(ticket, by, body="Try this", at=NOON):
    return do(reply_to_ticket, ticket, by=by, at=at, body=body)


def vouch(cast, at=NOON, **whom):
    cast.monitor.scopes = frozenset({"chat"})
    with acting(by=cast.monitor, channel="test"):
        return start_chat(**whom, by=cast.monitor, at=at)


def come_in(at=NOON, **whom):
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="test"):
        return start_visitor_chat(**{"name": "Vera", "email": "vera@example.org", **whom}, by=public, at=at)


@pytest.fixture
def chat(cast):
    """Ana's chat, in which she just spoke."""
    return say(cast.ana.user, "Where is my card?").ticket


def stay(ticket, person, at):
    be_here(ticket, by=person, at=at)


def mails_of(ticket):
    return list(Message.objects.filter(about_id=ticket.pk, channel="email_support").order_by("id"))


def test_the_first_line_opens_a_ticket_and_the_next_ones_are_its_replies(cast, chat):
    assert (chat.channel, chat.subject, chat.language) == (CHAT, "Where is my card?", "pt")
    say(cast.ana.user, "Hello?", NOON + SECOND)
    assert list(chat.replies.order_by("id").values_list("body", "channel", "voice")) == [
        ("Where is my card?", CHAT, "customer"),
        ("Hello?", CHAT, "customer"),
    ]
    assert chat.deadlines.get(kind="first_response").target == timedelta(minutes=5)  # the channel's, being tighter


def test_the_greeting_stands_in_the_chat_and_is_short(cast, chat):
    greeting = Message.objects.get(about_id=chat.pk)
    assert (greeting.channel, greeting.deliveries.get().kind) == (CHAT, "in_app")
    assert greeting.body.strip() == f"Obrigado! Este é o {chat.reference}. Uma pessoa responde em até 5 minutos."


def test_words_after_the_end_open_a_new_ticket_and_after_a_resolution_the_old_one(cast, chat):
    do(resolve_ticket, chat, by=cast.tom, at=NOON, summary="s", actions_taken="a", prevention_measures="p")
    assert say(cast.ana.user, "Still broken").ticket == chat
    do(resolve_ticket, chat, by=cast.tom, at=NOON, summary="s", actions_taken="a", prevention_measures="p")
    do(close_ticket, chat, by=cast.tom, at=NOON)
    assert say(cast.ana.user, "Something else").ticket != chat


def test_an_agents_answer_goes_into_the_chat_while_the_customer_is_there(cast, chat):
    reply = answer(chat, cast.tom)
    assert reply.channel == CHAT
    said = Message.objects.get(about_id=chat.pk, purpose="agent_reply")
    assert (said.channel, said.channel_reason) == (CHAT, "The customer is in the chat.")
    deliver(NOON)
    assert Delivery.objects.get(message=said).state == "delivered"
    assert mails_of(chat) == []


def test_it_goes_by_mail_once_they_are_gone(cast, chat):
    reply = answer(chat, cast.tom, at=NOON + LEASE + SECOND)
    assert reply.channel == "email_support"
    assert [mail.purpose for mail in mails_of(chat)] == ["agent_reply"]
    assert not ChatDeadline.objects.exists()


def test_what_stays_unread_goes_in_one_mail_that_says_why_and_only_once(cast, chat):
    answer(chat, cast.tom, "One")
    answer(chat, cast.tom, "Two", NOON + SECOND)
    sweep_at(NOON + WAIT - SECOND)
    assert mails_of(chat) == []
    sweep_at(NOON + WAIT)
    sweep_at(NOON + WAIT)
    (mail,) = mails_of(chat)
    assert "One" in mail.body and "Two" in mail.body and mail.language == "pt"
    assert mail.channel_reason.startswith("the customer left the chat; unread since 2026-11-23 12:00:00")
    deadline = ChatDeadline.objects.get()
    assert deadline.cancel_reason.startswith("went by mail: the customer left the chat")
    assert deadline.mailed_up_to == chat.replies.latest("id").pk
    sweep_at(NOON + timedelta(hours=3))
    assert len(mails_of(chat)) == 1


def test_lines_read_before_they_left_do_not_go_by_mail(cast, chat):
    read = answer(chat, cast.tom, "One")
    do(mark_read, chat, by=cast.ana.user, at=NOON, up_to=read.pk)
    assert ChatDeadline.objects.get().met_at == NOON
    unread = answer(chat, cast.tom, "Two", NOON + SECOND)
    sweep_at(NOON + SECOND + WAIT)
    (mail,) = mails_of(chat)
    assert "Two" in mail.body and "One" not in mail.body
    assert ChatDeadline.objects.latest("id").mailed_up_to == unread.pk


def test_an_open_page_is_given_the_time_twice_and_not_for_ever(cast, chat):
    answer(chat, cast.tom, "One")
    stay(chat, cast.ana.user, NOON + WAIT - SECOND)
    sweep_at(NOON + WAIT)
    assert mails_of(chat) == []
    stay(chat, cast.ana.user, NOON + 2 * WAIT - SECOND)
    sweep_at(NOON + 2 * WAIT)
    (mail,) = mails_of(chat)
    assert mail.channel_reason.startswith("their page stayed open unread")


def test_reading_in_the_second_while_keeps_it_out_of_the_mail(cast, chat):
    line = answer(chat, cast.tom, "One")
    stay(chat, cast.ana.user, NOON + WAIT - SECOND)
    sweep_at(NOON + WAIT)
    do(mark_read, chat, by=cast.ana.user, at=NOON + WAIT + SECOND, up_to=line.pk)
    sweep_at(NOON + timedelta(hours=1))
    assert mails_of(chat) == []


def test_how_long_words_may_stay_unread_is_a_row(cast, chat):
    with acting(by=cast.ada, channel="test"):
        ChatRule.objects.update(mail_unread_after=timedelta(minutes=10))
    answer(chat, cast.tom)
    assert ChatDeadline.objects.get().due_at == NOON + timedelta(minutes=10)


def test_a_read_mark_only_moves_forward_and_keeps_its_history(cast, chat):
    first = chat.replies.get()
    second = answer(chat, cast.tom)
    do(mark_read, chat, by=cast.ana.user, at=NOON, up_to=second.pk)
    do(mark_read, chat, by=cast.ana.user, at=NOON + SECOND, up_to=first.pk)
    mark = ReadMark.objects.get(ticket=chat, voice="customer")
    assert (mark.up_to, mark.at, mark.by) == (second.pk, NOON, cast.ana.user)
    assert ReadMark.history.filter(id=mark.pk).count() == 1
    do(mark_read, chat, by=cast.tom, at=NOON, up_to=first.pk)
    assert ReadMark.objects.get(voice="agent").by == cast.tom


def test_only_public_words_of_this_ticket_can_be_read(cast, chat):
    note = do(note_ticket, chat, by=cast.tom, at=NOON, body="between us")
    other = make_ticket(cast.ben).replies.get()
    for up_to in (note.pk, other.pk, 0):
        with pytest.raises(Invalid) as refused:
            do(mark_read, chat, by=cast.ana.user, at=NOON, up_to=up_to)
        assert refused.value.problems[0].field == "up_to"


def test_a_colleague_and_a_tool_take_no_part(cast):
    ticket = say(cast.ben.user, "Mine").ticket
    line = ticket.replies.get()
    with pytest.raises(NotAllowed):
        do(mark_read, ticket, by=cast.bea.user, at=NOON, up_to=line.pk)
    cast.monitor.scopes = frozenset({"chat", "tickets:read", "tickets:write"})
    for by in (cast.monitor, cast.tom, cast.eve):
        with pytest.raises(NotAllowed):
            say(by, "words")
    assert chat_of(cast.bea.user) is None


def test_a_site_vouches_for_its_customer_by_a_tool(cast):
    log_in = vouch(cast, email="ANA@example.com", name="Somebody else")
    assert log_in.person == cast.ana.user and Customer.objects.get(pk=cast.ana.pk).name == "Ana"
    token = ApiToken.objects.get(digest=digest_of(log_in.secret))
    assert (token.scopes, token.expires_at) == (["chat"], NOON + timedelta(hours=8))
    new = vouch(cast, email="new@example.org", name="Nora", language="es")
    assert (new.person.customer.name, new.person.language, new.person.has_usable_password()) == ("Nora", "es", False)


def test_nobody_else_vouches_and_no_account_of_the_desk_is_vouched_for(cast):
    for by in (cast.tom, cast.ana.user, cast.monitor):
        with pytest.raises(NotAllowed), acting(by=by, channel="test"):
            start_chat(email="ana@example.com", by=by, at=NOON)
    with pytest.raises(Conflict):
        vouch(cast, email="tom@financy.example", name="Tom")
    with pytest.raises(Invalid, match="name"):
        vouch(cast, email="nameless@example.org")


def test_a_visitor_who_gives_a_known_address_sees_none_of_its_history_and_is_known_as_unproven(cast):
    earlier = make_ticket(cast.ana)
    visitor = come_in(email="Ana@example.com", name="Not Ana").person
    ticket = say(visitor, "Give me Ana's data").ticket
    assert ticket.customer == cast.ana and ticket.opened_by == visitor
    assert str(ticket.replies.get().author) == "Not Ana"
    assert set(Ticket.objects.visible_to(visitor)) == {ticket}
    assert earlier not in Ticket.objects.visible_to(visitor)
    assert chat_of(cast.ana.user) is None and chat_of(visitor) == ticket
    assert say(visitor, "Hello?").ticket == ticket


def test_two_visitors_with_one_address_do_not_meet(cast):
    one, other = come_in().person, come_in(name="Viktor").person
    mine, theirs = say(one, "Mine").ticket, say(other, "Theirs").ticket
    assert mine != theirs
    assert set(Ticket.objects.visible_to(other)) == {theirs}
    assert Customer.objects.filter(email="vera@example.org").count() == 1


def test_agents_say_themselves_that_they_take_chats_and_it_runs_out(cast):
    assert not desk_is_available(NOON)
    with acting(by=cast.tom, channel="test"):
        set_available(available=True, by=cast.tom, at=NOON)
    assert desk_is_available(NOON + timedelta(hours=7)) and not desk_is_available(NOON + timedelta(hours=8))
    with acting(by=cast.tom, channel="test"):
        set_available(available=False, by=cast.tom, at=NOON)
    assert not desk_is_available(NOON)
    with pytest.raises(NotAllowed), acting(by=cast.ana.user, channel="test"):
        set_available(available=True, by=cast.ana.user, at=NOON)


def test_presence_is_a_lease_that_runs_out_by_itself(cast, chat):
    assert customer_is_here(chat, NOON + LEASE - SECOND)
    assert not customer_is_here(chat, NOON + LEASE)
    stay(chat, cast.tom, NOON + timedelta(hours=1))
    assert not customer_is_here(chat, NOON + timedelta(hours=1))


def test_lines_of_other_kinds_are_not_the_chats(cast, chat):
    answer(chat, cast.tom, "One")
    do(note_ticket, chat, by=cast.tom, at=NOON, body="between us")
    assert Reply.objects.filter(ticket=chat, is_internal=True).get().channel == "note"
    sweep_at(NOON + WAIT)
    assert "between us" not in mails_of(chat)[0].body


def test_what_a_stranger_opens_in_a_customer_s_name_never_gets_that_customer_s_words(cast):
    mallory = come_in(email="ana@example.com", name="Ana").person
    theirs = say(mallory, "Hello, it is me").ticket
    mine = say(cast.ana.user, "My PIN does not work").ticket
    assert mine != theirs and chat_of(cast.ana.user) == mine
    with pytest.raises(Conflict, match="Open a new ticket") as refusal:
        do(reply_to_ticket, theirs, body="What is this?", by=cast.ana.user, at=NOON)
    assert refusal.value.code == "unproven"
    for door in (lambda: open_stream(theirs, by=cast.ana.user, at=NOON), lambda: say_typing(theirs, by=cast.ana.user)):
        with pytest.raises(NotAllowed, match="a chat of your own"):
            door()
    with pytest.raises(Conflict):
        do(mark_read, theirs, up_to=theirs.replies.get().pk, by=cast.ana.user, at=NOON)
    assert set(Ticket.objects.visible_to(mallory)) == {theirs}


def test_what_goes_by_mail_unread_is_an_agent_s_words_and_no_automatic_mail(cast, chat):
    be_here(chat, by=cast.ana.user, at=NOON)
    answer(chat, cast.tom)
    sweep_at(NOON + WAIT)
    (mail,) = [one for one in mails_of(chat) if one.purpose == "chat_unread"]
    assert not mail.is_automatic and not mail.deliveries.get().is_budgeted
    assert "Auto-Submitted" not in mail_of(mail.deliveries.get()).message()
