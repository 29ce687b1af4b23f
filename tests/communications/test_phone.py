"""Calls and texts over a real socket: only a key acknowledges; what Twilio tells counts when it is signed and new."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as desk
from django.core import signing
from django.utils import timezone

from communications.channels import twilio
from communications.channels.spoken import LONGEST, page_spoken
from communications.models import Acknowledgement, Delivery, DeliveryEvent, DeliveryState, Gate, ProviderAccount
from communications.outbox import deliver
from communications.signals import message_acknowledged
from communications.workflow.redrive import redrive_delivery
from communications.workflow.send_test_page import send_test_page
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from tests.communications.conftest import SOON, outcomes_of
from tests.conftest import NOON
from tests.sinks.http import Stage, drop, hang, say, too_many
from tests.sinks.twilio import OURS, SID, TOKEN, Sent, TwilioSink

LATER = SOON + timedelta(minutes=11)
TOO_LATE = timedelta(minutes=6)
HERS = "+5511987654321"


@pytest.fixture
def line(settings, client):
    """A Twilio whose news come in by the desk's own doors."""
    settings.PROVIDER_TIMEOUT = 1.5
    settings.ALLOWED_HOSTS = ["testserver", "inside.example"]  # a proxy's inner name is not what Twilio has signed

    def desk_answers(url: str, form: dict[str, str], signature: str) -> tuple[int, str]:
        headers = {"X-Twilio-Signature": signature, "Host": "inside.example"}
        answer = client.post(url.removeprefix(desk.DESK_BASE_URL), form, headers=headers)
        return answer.status_code, answer.content.decode()

    with TwilioSink(desk=desk_answers) as server:
        yield server


@pytest.fixture
def phones(cast, line):
    """Accounts for calls and texts; Tom and Tina have phones."""
    with acting(by=cast.ada, channel="test"):
        for kind in ("call", "sms"):
            ProviderAccount.objects.create(
                kind=kind, name=f"Our {kind}", base_url=line.url, account=SID, sender=OURS, secret=TOKEN
            )
        for person in (cast.tom, cast.tina):
            person.phone = HERS
            person.save()


def aged(url: str, by: timedelta) -> str:
    """A callback's address as the desk would have given it that much earlier."""

    class Earlier(signing.TimestampSigner):
        def timestamp(self) -> str:
            return signing.b62_encode(int(time.time() - by.total_seconds()))

    token = url.split("/")[-3]
    named = signing.TimestampSigner(salt=twilio.SALT).unsign(token)
    return url.replace(token, Earlier(salt=twilio.SALT).sign(named))


@pytest.fixture
def page(cast, phones) -> Callable[..., Delivery]:
    def one(way: str = "call", by: Any = cast.tom, at: datetime = NOON) -> Delivery:
        with acting(by=by, channel="test"):
            message = send_test_page(way=way, by=by, at=at)
        return Delivery.objects.get(message=message)

    return one


@pytest.fixture
def acknowledged():
    heard: list[dict[str, Any]] = []

    def hear(**told: Any) -> None:
        heard.append(told)

    message_acknowledged.connect(hear, weak=False)
    yield heard
    message_acknowledged.disconnect(hear)


def test_a_call_reads_the_words_and_a_key_acknowledges(page, line, cast, acknowledged):
    delivery = page()
    assert deliver(SOON) == {"delivered": 1}
    (call,) = line.calls
    delivery.refresh_from_db()
    assert (call.fields["To"], call.fields["From"], delivery.provider_id) == (HERS, OURS, call.sid)
    assert call.fields["StatusCallbackEvent"] == "initiated ringing answered completed"
    assert any("Tom, this is a test." in said for said in line.heard(call))
    for status in ("initiated", "ringing", "in-progress"):
        assert line.tell(call, status) == 204
    assert line.press(call, "9")[1][0].startswith("Test page from the support desk")  # the wrong key: again
    assert acknowledged == []
    assert line.press(call, "4") == (200, ["Thank you. It is acknowledged."])
    row = Acknowledgement.objects.get(delivery=delivery)
    assert (row.by, row.how) == (cast.tom, "key 4")
    assert [(one["person"], one["message"]) for one in acknowledged] == [(cast.tom, delivery.message)]


def test_picked_up_is_not_acknowledged_and_a_voice_mail_presses_nothing(page, line, acknowledged):
    delivery = page()
    deliver(SOON)
    (call,) = line.calls
    for status in ("ringing", "in-progress", "completed"):
        line.tell(call, status)
    delivery.refresh_from_db()
    assert (delivery.state, acknowledged) == (DeliveryState.DELIVERED, [])
    assert not Acknowledgement.objects.exists()
    assert line.heard(call)[-1] == "No key was pressed. This is not acknowledged."


def test_a_key_pressed_twice_or_told_twice_acknowledges_once(page, line, acknowledged):
    page()
    deliver(SOON)
    (call,) = line.calls
    for _ in range(3):
        assert line.press(call, "4")[0] == 200
    assert (Acknowledgement.objects.count(), len(acknowledged)) == (1, 1)


@pytest.mark.parametrize("forged", ["signature", "form", "account", "nothing"])
def test_what_twilio_did_not_sign_has_no_effect(page, line, client, forged):
    page()
    deliver(SOON)
    (call,) = line.calls
    honest = line.desk

    def forge(url: str, form: dict[str, str], signature: str) -> tuple[int, str]:
        if forged == "signature":
            signature = signature[::-1]
        elif forged == "form":
            form = {**form, "Digits": "4", "CallStatus": "busy"}
        elif forged == "nothing":
            signature = ""
        return honest(url, form, signature)

    line.desk = forge
    if forged == "account":
        line.token = "another"
    assert line.press(call, "7")[0] == 403
    assert line.tell(call, "completed") == 403
    assert not Acknowledgement.objects.exists()
    assert not DeliveryEvent.objects.exists()


@pytest.mark.parametrize("address", ["/inbound/twilio/1.1:x:y/keys/", "/inbound/twilio/nonsense/status/"])
def test_an_address_that_is_not_ours_is_missing(page, client, address):
    assert client.post(address, {"Digits": "4"}).status_code == 404
    assert client.get(address).status_code == 405


@pytest.mark.parametrize("hours", [1, 48])
def test_a_text_that_fails_hours_or_days_later_is_given_up(page, line, hours):
    delivery = page("sms")
    deliver(SOON)
    (text,) = line.texts
    text.fields["StatusCallback"] = aged(text.fields["StatusCallback"], timedelta(hours=hours))
    assert line.tell(text, "undelivered", ErrorCode="30003") == 204
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (DeliveryState.DEAD, "undelivered error 30003")


def test_news_that_come_late_because_the_desk_was_away_count(page, line):
    now = timezone.now()  # callbacks come by the desk's own clock
    delivery = page(at=now)
    deliver(now + timedelta(seconds=1))
    (call,) = line.calls
    assert line.tell(call, "busy", ago=timedelta(minutes=6)) == 204
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.QUEUED


def test_news_of_last_week_change_nothing(page, line):
    delivery = page("sms")
    deliver(SOON)
    (text,) = line.texts
    text.fields["StatusCallback"] = aged(text.fields["StatusCallback"], timedelta(days=7))
    assert line.tell(text, "undelivered") == 403
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED


def test_a_key_pressed_after_five_minutes_is_told_so(page, line):
    page()
    deliver(SOON)
    (call,) = line.calls
    keys_to = aged(next(ElementTree.fromstring(call.fields["Twiml"]).iter("Gather")).get("action", ""), TOO_LATE)
    call.fields["Twiml"] = f'<Response><Gather action="{keys_to}" method="POST" numDigits="1"/></Response>'
    status, said = line.press(call, "4")
    assert (status, said) == (200, ["This call is too old to acknowledge. Please look into the desk."])
    assert not Acknowledgement.objects.exists()


def test_busy_passes_and_is_tried_again(page, line):
    now = timezone.now()
    delivery = page(at=now)
    deliver(now + timedelta(seconds=1))
    line.tell(line.calls[0], "busy")
    delivery.refresh_from_db()
    assert (delivery.state, outcomes_of(delivery)) == (DeliveryState.QUEUED, ["delivered", "temporary"])
    deliver(delivery.due_at)
    assert len(line.calls) == 2
    line.tell(line.calls[0], "busy", sequence=7)  # late news of the first call
    delivery.refresh_from_db()
    assert (delivery.state, delivery.provider_id) == (DeliveryState.DELIVERED, line.calls[1].sid)


@pytest.mark.parametrize("status", ["no-answer", "failed", "canceled"])
def test_what_ends_a_call_unheard_is_for_good(page, line, status):
    delivery = page()
    deliver(SOON)
    line.tell(line.calls[0], status)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (DeliveryState.DEAD, status)


def test_news_that_overtake_each_other_are_put_in_order(page, line):
    delivery = page()
    deliver(SOON)
    (call,) = line.calls
    line.tell(call, "completed", sequence=3)
    line.tell(call, "busy", sequence=1)
    line.tell(call, "completed", sequence=3)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED
    assert list(delivery.events.order_by("sequence").values_list("status", flat=True)) == ["busy", "completed"]


def test_an_acknowledged_call_is_not_taken_back(page, line):
    delivery = page()
    deliver(SOON)
    line.press(line.calls[0], "4")
    line.tell(line.calls[0], "failed")
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED


def test_a_text_is_delivered_or_not_and_an_answer_acknowledges_it(page, line, cast, phones, acknowledged):
    delivery = page("sms")
    assert deliver(timezone.now()) == {"delivered": 1}
    (text,) = line.texts
    assert text.fields["Body"].endswith("Reply 4 to acknowledge.")
    assert line.tell(text, "sent") == 204
    assert line.tell(text, "delivered") == 204
    address = where_texts_come_in()
    assert line.text_back(address, HERS, "what?")[0] == 200
    assert line.text_back(address, "+4930123456", "4")[0] == 200
    assert acknowledged == []
    assert line.text_back(address, HERS, " 4 ")[0] == 200
    assert [one["delivery"] for one in acknowledged] == [delivery]
    line.token = "another"
    assert line.text_back(address, HERS, "4")[0] == 403


def test_a_second_answer_acknowledges_no_older_page(page, line, cast, phones, acknowledged):
    pages = [page("sms"), page("sms", by=cast.tina)]
    assert deliver(timezone.now()) == {"delivered": 2}
    for _ in range(2):
        line.text_back(where_texts_come_in(), HERS, "4")
    assert [one["delivery"] for one in acknowledged] == [pages[1]]


def test_an_answer_that_is_told_again_after_the_next_page_acknowledges_only_the_first(
    page, line, cast, phones, acknowledged
):
    first = page("sms")
    deliver(timezone.now())
    line.text_back(where_texts_come_in(), HERS, "4", sid="SM" + "1" * 32)
    page("sms", by=cast.tina)
    deliver(timezone.now())
    line.text_back(where_texts_come_in(), HERS, "4", sid="SM" + "1" * 32)
    assert [one["delivery"] for one in acknowledged] == [first]
    line.text_back(where_texts_come_in(), HERS, "4", sid="SM" + "2" * 32)
    assert len(acknowledged) == 2


def test_an_answer_long_after_the_text_acknowledges_nothing(page, line, phones, acknowledged):
    page("sms")
    deliver(timezone.now() - timedelta(hours=2))
    line.text_back(where_texts_come_in(), HERS, "4")
    assert acknowledged == []


def where_texts_come_in() -> str:
    number = ProviderAccount.objects.get(kind="sms").pk
    return f"{desk.DESK_BASE_URL}/inbound/twilio/texts/{number}/"


def test_a_text_that_cannot_arrive_is_given_up_with_the_provider_s_code(page, line):
    delivery = page("sms")
    deliver(SOON)
    line.tell(line.texts[0], "undelivered", ErrorCode="30006")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (DeliveryState.DEAD, "undelivered error 30006")


@pytest.mark.parametrize("way", ["call", "sms"])
@pytest.mark.parametrize("fault", [drop(Stage.TAKEN), hang(Stage.TAKEN)])
def test_a_page_in_doubt_that_had_arrived_is_found_and_not_made_twice(page, line, way, fault):
    line.then(fault)
    delivery = page(way)
    assert deliver(SOON) == {"unknown": 1}
    made = (line.calls or line.texts)[0]
    assert deliver(LATER) == {"delivered": 1}
    assert len(line.calls) + len(line.texts) == 1
    delivery.refresh_from_db()
    assert delivery.provider_id == made.sid


def test_another_message_s_call_to_the_same_number_is_no_answer_to_a_page_in_doubt(page, line, cast):
    line.then(drop(Stage.CONNECTED))
    lost = page()
    assert deliver(SOON) == {"unknown": 1}
    other = page(by=cast.tina)
    Gate.objects.all().delete()  # the provider is back
    assert deliver(SOON) == {"delivered": 1}
    assert deliver(LATER) == {"delivered": 1}
    for delivery in (lost, other):
        delivery.refresh_from_db()
    assert [call.sid for call in line.calls] == [other.provider_id, lost.provider_id]


def test_a_page_in_doubt_is_made_again_when_nobody_can_tell_which_call_was_its_own(page, line):
    line.then(drop(Stage.TAKEN))
    delivery = page()
    assert deliver(SOON) == {"unknown": 1}
    line.calls.append(Sent("CA" + "f" * 32, line.calls[0].fields))
    assert deliver(LATER) == {"delivered": 1}
    delivery.refresh_from_db()
    assert (len(line.calls), delivery.provider_id) == (3, line.calls[2].sid)


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
def test_a_call_in_doubt_that_nobody_heard_is_made_again(page, line, status):
    line.then(drop(Stage.TAKEN))
    page()
    assert deliver(SOON) == {"unknown": 1}
    line.calls[0].status = status
    assert deliver(LATER) == {"delivered": 1}
    assert len(line.calls) == 2


def test_a_call_that_was_found_and_fails_afterwards_is_taken_back_and_called_again_by_hand(page, line, cast):
    line.then(drop(Stage.TAKEN))
    delivery = page()
    assert [deliver(SOON), deliver(LATER)] == [{"unknown": 1}, {"delivered": 1}]
    assert line.tell(line.calls[0], "no-answer") == 204
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (DeliveryState.DEAD, "no-answer")
    line.calls[0].status = "completed"
    again_by_hand(delivery, cast.tom)
    assert deliver(LATER) == {"delivered": 1}
    assert len(line.calls) == 2


def test_who_sends_a_page_again_by_hand_has_it_made_again(page, line, cast):
    line.then(drop(Stage.TAKEN), None, drop(Stage.TAKEN))
    delivery = page()
    assert deliver(SOON) == {"unknown": 1}
    line.calls.clear()
    assert deliver(LATER) == {"unknown": 1}
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DEAD
    again_by_hand(delivery, cast.tom)
    assert deliver(LATER + timedelta(minutes=1)) == {"delivered": 1}
    assert len(line.calls) == 2


def again_by_hand(delivery: Delivery, by: Any) -> None:
    with acting(by=by, channel="test"):
        redrive_delivery(delivery, reason="nobody called", by=by, at=LATER)


def test_news_of_a_call_in_doubt_say_that_it_arrived(page, line):
    line.then(drop(Stage.TAKEN))
    delivery = page()
    assert deliver(SOON) == {"unknown": 1}
    assert line.tell(line.calls[0], "ringing") == 204
    delivery.refresh_from_db()
    assert (delivery.state, delivery.provider_id) == (DeliveryState.DELIVERED, line.calls[0].sid)


@pytest.mark.parametrize("fault", [drop(Stage.CONNECTED), drop(Stage.READ)])
def test_a_page_in_doubt_that_had_not_arrived_is_made_once(page, line, fault):
    line.then(fault)
    page()
    assert deliver(SOON) == {"unknown": 1}
    assert deliver(LATER) == {"delivered": 1}
    assert len(line.calls) == 1


def test_too_many_at_once_is_asked_again_when_twilio_says(page, line):
    line.then(too_many(20, {"code": 20429, "message": "Too Many Requests", "status": 429}))
    delivery = page()
    assert deliver(SOON) == {"temporary": 1}
    delivery.refresh_from_db()
    assert (delivery.due_at, line.calls) == (SOON + timedelta(seconds=20), [])


@pytest.mark.parametrize("body", ["<html>", {"code": 20500, "message": "Internal", "status": 500}])
def test_a_server_in_trouble_is_tried_again(page, line, body):
    line.then(say(500, body))
    page()
    assert deliver(SOON) == {"temporary": 1}
    assert deliver(LATER) == {"delivered": 1}


def test_a_number_that_is_none_is_refused_for_good_with_the_way_out(page, line):
    delivery = page()
    Delivery.objects.update(address="12")
    assert deliver(SOON) == {"permanent": 1}
    delivery.refresh_from_db()
    assert delivery.last_error.startswith("21211: ")
    assert "Correct the phone number" in delivery.last_error


@pytest.mark.parametrize("broken", ["token", "sender"])
def test_what_is_wrong_with_our_account_waits_until_it_is_mended(page, line, cast, broken):
    with acting(by=cast.ada, channel="test"):
        if broken == "sender":
            ProviderAccount.objects.update(sender="+15550009999")
        else:
            line.token = "another"
    delivery = page()
    assert deliver(SOON) == {"temporary": 1}
    delivery.refresh_from_db()
    assert (delivery.state, "correct the account" in delivery.last_error) == (DeliveryState.QUEUED, True)
    assert TOKEN not in delivery.last_error


@pytest.mark.parametrize("keys", [[], [Fernet.generate_key()]])
def test_what_needs_a_secret_waits_while_the_desk_lacks_the_key_of_its_secrets(page, line, settings, keys):
    first, second = page(), page()
    own, settings.DESK_FIELD_KEYS = settings.DESK_FIELD_KEYS, keys
    assert deliver(SOON) == {"temporary": 1}
    first.refresh_from_db()
    assert (first.state, "DESK_FIELD_KEYS" in first.last_error) == (DeliveryState.QUEUED, True)
    assert Gate.objects.get(key="call").is_closed
    settings.DESK_FIELD_KEYS = own
    assert deliver(LATER) == {"delivered": 2}
    second.refresh_from_db()
    assert second.attempts == 1


@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_long_words_are_cut_to_what_a_call_takes(language):
    said = page_spoken("palavra & <ação> " * 900, language=language, keys_to="https://desk.example/x?a=1&b=2")
    assert len(said) <= LONGEST
    assert said.count("<Gather") == 2


def test_who_may_have_themselves_paged(cast, phones):
    with acting(by=cast.eve, channel="test"), pytest.raises(NotAllowed):
        send_test_page(way="call", by=cast.eve, at=NOON)
    with acting(by=cast.theo, channel="test"), pytest.raises(Invalid, match="phone number"):
        send_test_page(way="call", by=cast.theo, at=NOON)
    with acting(by=cast.ada, channel="test"):
        ProviderAccount.objects.update(is_active=False)
    with acting(by=cast.tom, channel="test"):
        with pytest.raises(Invalid):
            send_test_page(way="pigeon", by=cast.tom, at=NOON)
        with pytest.raises(Conflict, match="account"):
            send_test_page(way="call", by=cast.tom, at=NOON)


def test_an_agent_tries_it_in_the_back_office_and_sees_it_acknowledged(cast, phones, line, client):
    client.force_login(cast.tina, backend="django.contrib.auth.backends.ModelBackend")
    address = "/admin/communications/acknowledgement/test-page/"
    shown = client.post(address, {"way": "call"}, follow=True).content.decode()
    assert "It is on its way" in shown
    assert "not yet" in shown
    assert deliver(timezone.now()) == {"delivered": 1}
    (call,) = line.calls
    line.tell(call, "ringing")
    line.press(call, "4")
    shown = client.get(address).content.decode()
    assert "(key 4)" in shown
    assert "ringing" in shown
    assert "not yet" not in shown


def test_the_address_of_a_callback_names_the_try():
    signed = signing.TimestampSigner(salt=twilio.SALT).sign("7.2")
    assert twilio.delivery_named(signed) == (7, 2)
