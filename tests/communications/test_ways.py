"""By which channel a customer hears: the preferred one where language and hours allow, else the next best, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.channels import CHANNELS
from communications.channels.email import EmailLine
from communications.models import Channel, Delivery, Gate, Message, Priority, ProviderAccount, QuietHours
from communications.outbox import deliver
from communications.send import About, Draft, send_message
from financy_support.desk.audit.acting import acting
from financy_support.desk.models import BusinessCalendar
from tests.communications.conftest import outcomes_of
from tests.conftest import NOON
from tests.make import make_ticket
from tests.sinks.http import say as refuse
from tests.sinks.twilio import OURS, SID, TOKEN, TwilioSink

NIGHT = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)  # 23:30 in São Paulo, a Monday
EVENING = datetime(2026, 11, 23, 23, 55, tzinfo=UTC)  # 20:55 there
EIGHT = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)  # 08:00 there, the next morning
FACTS = {
    "reference": "FIN-000123", "subject": "My card", "progress_details": "We looked.",
    "next_update": "tomorrow", "next_steps": "We look on.",
    "estimated_resolution": "tomorrow",
}  # fmt: skip


@pytest.fixture
def say(cast):
    """Say something to Ana, whose wishes are as given; returns the message."""

    def one(at: datetime = NOON, *, urgency: Priority = Priority.USUAL, **wishes: str) -> Message:
        ana = cast.ana
        with acting(by=cast.ada, channel="test"):
            for name, wish in {"language": "pt", "phone": "+5511999990000", **wishes}.items():
                setattr(ana, name, wish)
            ana.save()
        ticket = make_ticket(ana, at=at)
        draft = Draft(
            "progress_update", to=ana, about=About("tickets.ticket", ticket.pk, ticket.reference),
            language=ana.language, facts=FACTS, severity="medium", urgency=urgency,
        )  # fmt: skip
        with acting(by=cast.tom, channel="test"):
            return send_message(draft, by=cast.tom, at=at)

    return one


@pytest.fixture
def sms(cast, monkeypatch):
    """A desk that can write text messages: a line, an account, a channel in two languages and business hours."""
    monkeypatch.setitem(CHANNELS, "sms", EmailLine)  # nothing leaves in these tests: the choice is made before
    with acting(by=cast.ada, channel="test"):
        ProviderAccount.objects.create(kind="sms", name="Texts", secret="s")
        return Channel.objects.create(
            code="text", name="Text message", kind="sms", availability="24/7", languages=["english", "portuguese"]
        )


def test_who_prefers_mail_gets_mail_and_the_record_says_so(say):
    message = say()
    assert (message.channel, message.channel_reason) == ("email_support", "Ana prefers it.")


def test_a_channel_that_the_desk_can_use_is_honoured(say, sms):
    message = say(preferred_channel="text")
    assert (message.channel, message.channel_reason) == ("text", "Ana prefers it.")
    delivery = message.deliveries.get()
    assert (delivery.kind, delivery.address, delivery.gate) == ("sms", "+5511999990000", "sms")


@pytest.mark.parametrize(
    ("preferred", "change", "why"),
    [
        ("pigeon", {}, "No channel is called “pigeon”."),
        ("phone_support", {}, "the desk has no line of the kind “phone”"),
        ("video_call", {}, "by appointment only"),
        ("in_app_chat", {}, "in the chat"),
        ("text", {"language": "es"}, "Spanish is not spoken there"),
        ("text", {"phone": ""}, "no address of theirs is known there"),
    ],
)
def test_a_channel_that_cannot_be_used_gives_way_to_mail_with_the_reason(say, sms, preferred, change, why):
    message = say(preferred_channel=preferred, **change)
    assert message.channel == "email_support"
    assert why in message.channel_reason
    assert message.channel_reason.endswith("E-mail is the next best.")


def test_without_an_account_in_use_the_next_best_is_taken(say, sms, cast):
    with acting(by=cast.ada, channel="test"):
        ProviderAccount.objects.update(is_active=False)
    assert "no account of the kind “sms” is in use" in say(preferred_channel="text").channel_reason


def test_a_channel_with_hours_is_used_in_them_only(say, sms, cast):
    with acting(by=cast.ada, channel="test"):
        sms.calendar = BusinessCalendar.objects.get(name="Business hours")
        sms.save()
    assert say(preferred_channel="text").channel == "text"  # NOON is 09:00 in São Paulo, a Monday
    message = say(NOON - timedelta(hours=1), preferred_channel="text")
    assert (message.channel, "closed now" in message.channel_reason) == ("email_support", True)


def test_the_rank_of_the_rows_decides_who_stands_in(say, sms, cast):
    with acting(by=cast.ada, channel="test"):
        Channel.objects.filter(code="text").update(fallback_rank=1)
        Channel.objects.filter(code="email_support").update(fallback_rank=2)
    assert say(preferred_channel="video_call").channel == "text"


def test_somebody_whom_no_channel_suits_is_written_to_nevertheless(say, cast):
    with acting(by=cast.ada, channel="test"):
        Channel.objects.filter(code="email_support").update(languages=["english"])
    message = say()
    assert message.channel == "email_support"
    assert "No other channel can be used either" in message.channel_reason


def test_a_text_at_night_waits_for_the_morning_where_the_customer_lives_and_says_why(say, sms):
    delivery = say(NIGHT, preferred_channel="text").deliveries.get()
    assert delivery.due_at == EIGHT
    assert "Quiet hours (sms: 21:00 to 08:00, America/Sao_Paulo)" in delivery.waiting_reason
    assert "urgent" in delivery.waiting_reason


def test_an_urgent_text_and_a_mail_leave_at_night(say, sms):
    assert say(NIGHT, preferred_channel="text", urgency=Priority.URGENT).deliveries.get().due_at == NIGHT
    mail = say(NIGHT, preferred_channel="email_support").deliveries.get()
    assert (mail.due_at, mail.waiting_reason) == (NIGHT, "")


def test_what_was_postponed_leaves_when_the_quiet_is_over(say, sink):
    message = say(NIGHT)
    Delivery.objects.filter(message=message).update(due_at=EIGHT)
    deliver(NIGHT)
    assert message.deliveries.get().state == "queued"
    deliver(EIGHT)
    assert message.deliveries.get().state == "delivered"


@pytest.fixture
def texts(cast):
    """A desk whose texts leave over a real socket."""
    with TwilioSink() as server:
        with acting(by=cast.ada, channel="test"):
            ProviderAccount.objects.create(
                kind="sms", name="Texts", base_url=server.url, account=SID, sender=OURS, secret=TOKEN
            )
            Channel.objects.create(
                code="text", name="Text message", kind="sms", availability="24/7", languages=["english", "portuguese"]
            )
        yield server


def test_a_text_that_was_refused_in_the_evening_is_tried_again_in_the_morning(say, texts):
    texts.then(refuse(503))
    delivery = say(EVENING, preferred_channel="text").deliveries.get()
    assert by_text(EVENING) == {"temporary": 1}
    assert by_text(NIGHT) == {"postponed": 1}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.due_at) == ("queued", EIGHT)
    assert "Quiet hours (sms: 21:00 to 08:00, America/Sao_Paulo)" in delivery.waiting_reason
    assert by_text(EIGHT - timedelta(seconds=1)) == {}
    assert by_text(EIGHT) == {"delivered": 1}
    assert outcomes_of(delivery) == ["temporary", "postponed", "delivered"]
    assert len(texts.texts) == 1


def test_what_waited_at_a_closed_gate_is_not_sent_when_it_opens_at_night(say, texts):
    for _ in range(3):
        say(EVENING, preferred_channel="text")
    Gate.objects.create(key="sms", closed_at=EVENING, closed_until=NIGHT)
    assert by_text(EVENING) == {}
    assert by_text(NIGHT) == {"postponed": 3}
    assert texts.texts == []
    assert by_text(EIGHT) == {"delivered": 3}


def test_an_urgent_text_that_was_refused_in_the_evening_is_tried_again_at_night(say, texts):
    texts.then(refuse(503))
    say(EVENING, preferred_channel="text", urgency=Priority.URGENT)
    assert by_text(EVENING) == {"temporary": 1}
    assert by_text(NIGHT) == {"delivered": 1}


def by_text(at: datetime) -> dict[str, int]:
    """What comes of the texts that are due; the tickets' greetings are another matter."""
    Delivery.objects.filter(message__purpose="initial_response").delete()
    return deliver(at)


@given(
    at=st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["America/Sao_Paulo", "Europe/Lisbon", "Asia/Kathmandu", "America/St_Johns", "UTC"]),
    starts=st.times(),
    ends=st.times(),
)
def test_quiet_hours_end_within_a_day_and_outside_of_themselves(at, zone, starts, ends):
    quiet = QuietHours(kind="sms", starts=starts.replace(tzinfo=None), ends=ends.replace(tzinfo=None))
    end = quiet.end_after(at, zone)
    if end is not None:
        assert at < end <= at + timedelta(hours=25)
