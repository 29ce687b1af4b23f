"""Video calls by appointment: who may have one, what calendars get, what reminds, and that changes reach them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from communications.models import Message
from communications.outbox import deliver
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from tests.conftest import NOON
from tests.make import deadline, do, make_ticket, sweep_at
from tests.sinks.smtp import SmtpSink
from tickets.models import VideoAppointment
from tickets.reply_guard import NeedsConfirmation
from tickets.workflow.change_video_call import cancel_video_call, finish_video_call, reschedule_video_call
from tickets.workflow.resolve import resolve_ticket
from tickets.workflow.schedule_video_call import schedule_video_call

HOUR = timedelta(hours=1)
TOMORROW = NOON + timedelta(days=2)
LINK = "https://meet.example/financy-1"


@pytest.fixture
def sink(settings):
    with SmtpSink() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 2
        yield server
    assert not server.refused


def agree(cast, ticket, *, at=NOON, **fields):
    values = {"agent": cast.tom, "starts_at": TOMORROW, "ends_at": TOMORROW + HOUR / 2, "join_link": LINK, **fields}
    return do(schedule_video_call, ticket, by=cast.tom, at=at, **values)


def change(verb, call, by, at, **fields):
    with acting(by=by, channel="test"):
        return verb(VideoAppointment.objects.select_related("ticket").get(pk=call.pk), by=by, at=at, **fields)


def mails_about_calls(sink, at):
    """What left, read as a calendar program does: (recipient, method, event, text)."""
    deliver(at)
    found = []
    for mail in sink.mails:
        (entry,) = [part for part in mail.parsed.walk() if part.get_content_type() == "text/calendar"] or [None]
        if entry is not None:
            calendar = Calendar.from_ical(entry.get_content())
            assert entry.get_param("method") == str(calendar["method"])
            (event,) = calendar.walk("VEVENT")
            text = mail.parsed.get_body(("plain",)).get_content()
            found.append((mail.recipients[0], str(calendar["method"]), event, text))
    sink.mails.clear()
    return found


def test_both_are_invited_in_their_language_and_zone_with_an_entry_for_their_calendars(cast, sink):
    ticket = make_ticket(cast.ana)
    call = agree(cast, ticket)
    hers, his = mails_about_calls(sink, NOON + HOUR)
    assert (hers[0], his[0]) == ("ana@example.com", "tom@financy.example")
    for _, method, event, _ in (hers, his):
        assert method == "REQUEST"
        assert (str(event["uid"]), int(event["sequence"]), str(event["status"])) == (call.uid, 0, "CONFIRMED")
        assert event.decoded("dtstart") == TOMORROW
        assert event.decoded("dtend") == TOMORROW + HOUR / 2
        assert str(event["location"]) == LINK
        assert [str(one) for one in event["attendee"]] == ["mailto:ana@example.com", "mailto:tom@financy.example"]
    assert "25 de novembro de 2026 09:00:00" in hers[3]
    assert LINK in hers[3]
    assert "November 25, 2026, 12:00:00" in his[3].replace("\u202f", " ")
    message = Message.objects.get(purpose="video_invitation")
    assert (message.channel, message.channel_reason) == ("email_support", "An invitation needs a calendar.")


def test_moving_and_calling_off_reach_the_same_entry_by_a_higher_sequence(cast, sink):
    call = agree(cast, make_ticket(cast.ana))
    mails_about_calls(sink, NOON + HOUR)
    later = TOMORROW + 3 * HOUR
    change(reschedule_video_call, call, cast.tom, NOON + HOUR, starts_at=later, ends_at=later + HOUR)
    for _, method, event, _ in mails_about_calls(sink, NOON + 2 * HOUR):
        assert (method, str(event["uid"]), int(event["sequence"])) == ("REQUEST", call.uid, 1)
        assert event.decoded("dtstart") == later
    change(cancel_video_call, call, cast.tom, NOON + 2 * HOUR, reason="solved before")
    gone = mails_about_calls(sink, NOON + 3 * HOUR)
    assert len(gone) == 2
    for _, method, event, _ in gone:
        assert (method, str(event["uid"]), int(event["sequence"])) == ("CANCEL", call.uid, 2)
        assert str(event["status"]) == "CANCELLED"
    with pytest.raises(Conflict):
        change(reschedule_video_call, call, cast.tom, NOON + 3 * HOUR, starts_at=later, ends_at=later + HOUR)


@pytest.mark.parametrize("who", ["ana", "ben"])
def test_calls_are_held_in_english_and_portuguese(cast, who):
    agree(cast, make_ticket(getattr(cast, who)))


def test_not_in_spanish(cast):
    with pytest.raises(Invalid, match="english, portuguese") as refusal:
        agree(cast, make_ticket(cast.carmen))
    assert refusal.value.problems[0].field == "language"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"starts_at": NOON + timedelta(hours=23, minutes=59), "ends_at": NOON + timedelta(hours=25)}, "starts_at"),
        ({"ends_at": TOMORROW}, "ends_at"),
        ({"ends_at": TOMORROW + 5 * HOUR}, "ends_at"),
        ({"join_link": "http://meet.example/1"}, "join_link"),
        ({"join_link": "javascript:alert(1)"}, "join_link"),
        ({"join_link": "https://meet.example/a b"}, "join_link"),
    ],
)
def test_what_cannot_be_agreed_on_is_refused_by_name(cast, fields, field):
    with pytest.raises(Invalid) as refusal:
        agree(cast, make_ticket(cast.ana), **fields)
    assert refusal.value.problems[0].field == field


def test_one_planned_call_a_ticket_and_an_agent_holds_one_at_a_time(cast):
    ticket = make_ticket(cast.ana)
    agree(cast, ticket)
    with pytest.raises(Conflict, match="planned"):
        agree(cast, ticket, starts_at=TOMORROW + 9 * HOUR, ends_at=TOMORROW + 10 * HOUR)
    with pytest.raises(Invalid, match="another call"):
        agree(cast, make_ticket(cast.ben), starts_at=TOMORROW - HOUR / 4, ends_at=TOMORROW + HOUR / 4)
    agree(cast, make_ticket(cast.ben), starts_at=TOMORROW + HOUR / 2, ends_at=TOMORROW + HOUR)


def test_editors_and_customers_agree_on_nothing_and_hold_nothing(cast):
    ticket = make_ticket(cast.ana)
    with pytest.raises(NotAllowed):
        do(schedule_video_call, ticket, agent=cast.tom, starts_at=TOMORROW, ends_at=TOMORROW + HOUR, join_link=LINK,
           by=cast.ana.user, at=NOON)  # fmt: skip
    with pytest.raises(Invalid):
        agree(cast, ticket, agent=cast.eve)


def test_both_are_reminded_once_an_hour_before_and_again_for_a_new_time(cast):
    call = agree(cast, make_ticket(cast.ana))
    reminders = Message.objects.filter(purpose="video_reminder")
    sweep_at(TOMORROW - HOUR - timedelta(seconds=1))
    assert not reminders.exists()
    sweep_at(TOMORROW - HOUR)
    sweep_at(TOMORROW - HOUR / 2)
    assert reminders.count() == 1
    assert Message.objects.filter(purpose="video_agent_notice", body__contains="begins soon").count() == 1
    later = TOMORROW + timedelta(days=3)
    change(reschedule_video_call, call, cast.ada, TOMORROW - HOUR / 4, starts_at=later, ends_at=later + HOUR)
    sweep_at(later - HOUR)
    assert reminders.count() == 2


def test_a_call_that_nobody_says_was_held_is_late_at_its_end_and_stays_so(cast):
    ticket = make_ticket(cast.ana)
    agree(cast, ticket)
    assert deadline(ticket, "video_call").due_at == TOMORROW + HOUR / 2
    sweep_at(TOMORROW + HOUR)
    assert deadline(ticket, "video_call").breached_at == TOMORROW + HOUR / 2


def test_a_held_call_is_a_person_s_public_words(cast):
    ticket = make_ticket(cast.ana)
    call = agree(cast, ticket)
    with pytest.raises(Conflict, match="not begun"):
        change(finish_video_call, call, cast.tom, NOON + HOUR, is_held=True, notes="Talked.")
    with pytest.raises(Invalid):
        change(finish_video_call, call, cast.tom, TOMORROW + HOUR / 3, is_held=True)
    change(finish_video_call, call, cast.tom, TOMORROW + HOUR / 3, is_held=True, notes="Talked.")
    assert deadline(ticket, "video_call").met_at == TOMORROW + HOUR / 3
    assert deadline(ticket, "first_response").met_at == TOMORROW + HOUR / 3
    reply = ticket.replies.latest("id")
    assert (reply.channel, reply.body, reply.is_internal) == ("video_call", "Talked.", False)


def test_a_call_that_did_not_take_place_is_noted_and_another_can_be_agreed_on(cast):
    ticket = make_ticket(cast.ana)
    call = agree(cast, ticket)
    change(finish_video_call, call, cast.tom, TOMORROW + HOUR, is_held=False)
    assert ticket.replies.latest("id").is_internal
    assert deadline(ticket, "first_response").met_at is None
    later = TOMORROW + timedelta(days=3)
    agree(cast, ticket, at=TOMORROW + HOUR, starts_at=later, ends_at=later + HOUR)


def test_resolving_leaves_the_call_standing(cast):
    ticket = make_ticket(cast.ana)
    agree(cast, ticket)
    do(resolve_ticket, ticket, summary="s", actions_taken="a", prevention_measures="p", by=cast.tom, at=NOON + HOUR)
    assert deadline(ticket, "video_call").is_open
    sweep_at(TOMORROW - HOUR)
    assert Message.objects.filter(purpose="video_reminder").exists()


def test_accents_commas_and_line_breaks_in_a_subject_stay_one_entry(cast, sink):
    ticket = make_ticket(cast.ana, subject="Cartão; não, não\\n “já” BEGIN:VEVENT " + "é" * 120)
    agree(cast, ticket)
    hers, _ = mails_about_calls(sink, NOON + HOUR)
    assert str(hers[2]["summary"]) == f"{ticket.reference} {ticket.subject}"


def test_summer_time_is_the_customer_s_own(cast, sink):
    with acting(by=cast.ada, channel="test"):
        type(cast.ben).objects.filter(pk=cast.ben.pk).update(time_zone="Europe/Berlin")
    cast.ben.refresh_from_db()
    spring = datetime(2027, 3, 28, 10, 0, tzinfo=UTC)  # the day on which Berlin's clocks go forward
    agree(cast, make_ticket(cast.ben), starts_at=spring, ends_at=spring + HOUR)
    hers, _ = mails_about_calls(sink, NOON + HOUR)
    assert "March 28, 2027, 12:00:00" in hers[3].replace("\u202f", " ")


def test_notes_of_a_call_that_took_place_are_looked_at_as_a_reply_is(cast):
    ticket = make_ticket(cast.ben)
    call = agree(cast, ticket)
    with pytest.raises(NeedsConfirmation):
        change(finish_video_call, call, cast.tom, TOMORROW + HOUR, is_held=True, notes="Tell @tina: tier 3 next.")
    change(finish_video_call, call, cast.tom, TOMORROW + HOUR, is_held=True, notes="tier 3 next.", confirm=["internal"])
    assert ticket.replies.latest("id").body == "tier 3 next."
