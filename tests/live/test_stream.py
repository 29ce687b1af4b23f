"""The stream on the wire: every line once and in order, whatever is killed, and nothing for the wrong ears."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from financy_support.desk.audit.acting import acting
from tests.cast import hire_cast
from tests.live.conftest import Listener
from tests.make import do
from tickets.live.open import open_stream, say_typing
from tickets.live.stream import Stream, place_of
from tickets.live.stream_token import Seat, seat_of, token_for
from tickets.models import ChatPresence
from tickets.workflow.change_category import change_category
from tickets.workflow.mark_read import mark_read
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.say_in_chat import say_in_chat


@pytest.fixture
def people(committed_db):
    return hire_cast()


def say(person, body):
    with acting(by=person, channel="test") as act:
        return say_in_chat(body=body, by=person, at=act.at)


def answer(ticket, by, body):
    return do(reply_to_ticket, ticket, by=by, at=timezone.now(), body=body)


def listen(ticket, person, after="", **headers):
    with acting(by=person, channel="test") as act:
        url = open_stream(ticket, by=person, at=act.at)["url"]
    return Listener(url, after, headers)


def test_lines_of_both_sides_arrive_within_a_second_with_presence_read_marks_and_typing(live, people):
    ticket = say(people.ana.user, "Hello").ticket
    customer, agent = listen(ticket, people.ana.user), listen(ticket, people.tom)
    customer.wait_for(lambda stream: len(stream.lines()) == 2)  # the greeting stands there too
    began = time.monotonic()
    line = answer(ticket, people.tom, "Hi")
    customer.wait_for(lambda stream: "Hi" in stream.lines())
    assert time.monotonic() - began < 3
    do(mark_read, ticket, by=people.ana.user, at=timezone.now(), up_to=line.pk)
    agent.wait_for(lambda stream: stream.named("read")[-1:] and stream.named("read")[-1].facts == {"customer": line.pk})
    say_typing(ticket, by=people.ana.user)
    agent.wait_for(lambda stream: stream.named("typing"))
    assert agent.named("typing")[0].facts == {"voice": "customer", "name": "Ana"}
    assert not customer.named("typing")
    agent.wait_for(lambda stream: stream.named("here")[-1].facts == ["agent", "customer"])
    customer.close()
    agent.close()


def test_a_customer_hears_no_internal_note(live, people):
    ticket = say(people.ana.user, "Hello").ticket
    customer, agent = listen(ticket, people.ana.user), listen(ticket, people.tom)
    do(note_ticket, ticket, by=people.tom, at=timezone.now(), body="between us")
    answer(ticket, people.tom, "Hi")
    customer.wait_for(lambda stream: "Hi" in stream.lines())
    agent.wait_for(lambda stream: "Hi" in stream.lines())
    assert "between us" in agent.lines() and "between us" not in customer.lines()


def test_nothing_is_lost_or_doubled_when_the_process_is_killed_again_and_again(live, people):
    """A listener reconnects from its place, as EventSource does, while somebody goes on speaking."""
    ticket = say(people.ana.user, "Hello").ticket
    said = [f"line {number}" for number in range(60)]

    def speak():
        for body in said:
            answer(ticket, people.tom, body)
            time.sleep(0.05)
        connections.close_all()

    speaker = threading.Thread(target=speak)
    speaker.start()
    heard, place = [], "0.0"
    until = time.monotonic() + 60
    while "line 59" not in heard and time.monotonic() < until:
        stream = listen(ticket, people.ana.user, after=place)
        stream.wait_for(lambda one: len(one.lines()) >= 8 or "line 59" in one.lines() or one.is_over)
        live.restart()
        time.sleep(0.1)
        heard += stream.lines()
        place = next((event.place for event in reversed(stream.named("line"))), place)
    speaker.join()
    assert [body for body in heard if body.startswith("line ")] == said


def test_without_a_broker_lines_arrive_by_reading_back(live_without_broker, people):
    ticket = say(people.ana.user, "Hello").ticket
    customer = listen(ticket, people.ana.user)
    customer.wait_for(lambda stream: "Hello" in stream.lines())
    answer(ticket, people.tom, "Hi")
    customer.wait_for(lambda stream: "Hi" in stream.lines(), patience=8)
    assert customer.lines().count("Hi") == 1


def test_a_token_opens_a_stream_for_a_minute_and_a_forged_one_never(live, people, settings):
    ticket = say(people.ana.user, "Hello").ticket
    url = f"{settings.DESK_LIVE_URL}/stream?token="
    token = token_for(Seat(ticket.pk, people.ana.user.pk, "customer"))
    assert seat_of(token) == Seat(ticket.pk, people.ana.user.pk, "customer")
    for forged in ("", "x", token[:-2], token.replace(":", ".")):
        assert Listener(url + forged).status == 401
    assert Listener(f"{settings.DESK_LIVE_URL}/anything").status == 404


def test_an_old_token_is_refused(people, monkeypatch):
    token = token_for(Seat(1, 1, "customer"))
    later = time.time() + 61
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert seat_of(token) is None


def test_a_stream_ends_when_the_ticket_changes_hands_or_the_log_in_closes(live, people):
    ticket = say(people.ana.user, "Hello").ticket
    agent, customer = listen(ticket, people.tom), listen(ticket, people.ana.user)
    agent.wait_for(lambda stream: stream.named("here"))
    do(change_category, ticket, by=people.ada, at=timezone.now(), category="security")
    agent.wait_for(lambda stream: stream.named("bye"))
    assert agent.named("bye")[0].facts == {"why": "it changed hands"}
    assert not customer.named("bye")
    with acting(by=people.ada, channel="test"):
        people.ana.user.is_active = False
        people.ana.user.save(update_fields=["is_active"])
    customer.wait_for(lambda stream: stream.named("bye"))


def test_presence_runs_out_soon_after_the_last_stream_closes(live, people):
    ticket = say(people.ana.user, "Hello").ticket
    customer = listen(ticket, people.ana.user)
    seat = ChatPresence.objects.filter(ticket=ticket, person=people.ana.user)
    customer.wait_for(lambda _: seat.filter(here_until__gt=timezone.now() + timedelta(seconds=25)).exists())
    customer.close()
    customer.wait_for(lambda _: seat.filter(here_until__lt=timezone.now() + timedelta(seconds=13)).exists())


def test_one_person_holds_ten_streams_and_the_oldest_gives_way(live, people):
    ticket = say(people.ana.user, "Hello").ticket
    streams = [listen(ticket, people.ana.user) for _ in range(11)]
    streams[0].wait_for(lambda stream: stream.is_over)
    assert streams[0].named("bye")[0].facts == {"why": "open in too many places"}
    assert not streams[1].is_over and not streams[10].is_over


def test_who_reads_too_slowly_is_cut_and_may_read_on_from_their_place():
    stream = Stream(Seat(1, 1, "agent"), (0, 0))
    for number in range(1001):
        stream.tell("typing", number)
    assert stream.is_over


@pytest.mark.parametrize(
    ("text", "place"), [("12.7", (12, 7)), ("12", (12, 0)), ("", (0, 0)), ("x.y", (0, 0)), ("-1.2", (0, 2))]
)
def test_a_place_that_is_none_is_the_beginning(text, place):
    assert place_of(text) == place


def test_words_that_were_begun_earlier_and_written_later_are_not_passed_over(live, people):
    ticket = say(people.ana.user, "Hello").ticket
    first = ticket.replies.get().pk
    now = timezone.now()
    do(reply_to_ticket, ticket, by=people.tom, at=now + timedelta(seconds=2), body="Hi")
    with acting(by=people.ana.user, channel="test"):
        say_in_chat(body="Are you there?", by=people.ana.user, at=now + timedelta(seconds=1))
    customer = listen(ticket, people.ana.user, after=f"{first}.0")
    customer.wait_for(lambda stream: {"Hi", "Are you there?"} <= set(stream.lines()))


def test_a_ticket_that_changes_hands_before_the_stream_is_opened_is_not_heard(live, people):
    ticket = say(people.ana.user, "Hello").ticket
    with acting(by=people.tom, channel="test") as act:
        url = open_stream(ticket, by=people.tom, at=act.at)["url"]
    do(change_category, ticket, category="security", by=people.ada, at=timezone.now())
    do(note_ticket, ticket, body="for Security only", by=people.sam, at=timezone.now())
    agent = Listener(url, "", {})
    agent.wait_for(lambda stream: stream.named("bye"))
    assert agent.named("bye")[0].facts == {"why": "it changed hands"}
    assert "for Security only" not in agent.lines()
