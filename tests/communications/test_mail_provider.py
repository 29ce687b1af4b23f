"""Mail by a provider's API instead of SMTP, and what the provider tells later: bounces and complaints."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from communications.models import BouncedAddress, Delivery, DeliveryEvent, DeliveryState, Gate
from communications.outbox import deliver
from financy_support.environment import Environment
from tests.communications.conftest import SOON
from tests.sinks.http import Stage, drop, hang, say
from tests.sinks.postmark import TOKEN, PostmarkSink, bounce_of

HOOK = "/inbound/anymail/postmark/"
SECRET = "postmark:long-and-random"


@pytest.fixture
def postmark(settings):
    with PostmarkSink() as server:
        settings.DESK_EMAIL_PROVIDER, settings.EMAIL_BACKEND = "postmark", "anymail.backends.postmark.EmailBackend"
        settings.ANYMAIL = {
            "POSTMARK_SERVER_TOKEN": TOKEN, "POSTMARK_API_URL": f"{server.url}/", "REQUESTS_TIMEOUT": 0.5,
            "WEBHOOK_SECRET": SECRET,
        }  # fmt: skip
        yield server


@pytest.fixture
def taken(greeted, postmark):
    greeted()
    deliver(SOON)
    return Delivery.objects.get(kind="email")


def tell(client, body, *, secret=SECRET, path=HOOK):
    login = base64.b64encode(secret.encode()).decode()
    return client.post(path, body, content_type="application/json", headers={"Authorization": f"Basic {login}"})


def test_the_words_are_the_same_as_by_smtp_headers_and_all(taken, postmark):
    ((number, mail),) = postmark.mails.items()
    assert (taken.state, taken.provider_id) == (DeliveryState.DELIVERED, number)
    assert (mail["Subject"], mail["TextBody"]) == (taken.message.subject, taken.message.body)
    headers = {one["Name"]: one["Value"] for one in mail["Headers"]}
    assert headers["Message-ID"] == taken.message.message_id and headers["X-PM-KeepID"] == "true"
    assert headers["Auto-Submitted"] == "auto-replied"
    assert "+fin-" in mail["ReplyTo"]
    assert postmark.refused == []


@pytest.mark.parametrize(
    ("fault", "state", "is_away"),
    [
        (say(429, {"ErrorCode": 429, "Message": "Too many"}, Retry_After="30"), "queued", True),
        (say(500, {"ErrorCode": 100, "Message": "Maintenance"}), "queued", True),
        (say(503, "<html>"), "queued", True),
        (say(401, {"ErrorCode": 10, "Message": "Bad token"}), "queued", True),
        (say(422, {"ErrorCode": 300, "Message": "Invalid email request"}), "dead", False),
        (say(200, "no json"), "dead", False),
        (drop(Stage.READ), "queued", True),
        (drop(Stage.TAKEN), "queued", True),
        (hang(Stage.READ), "queued", True),
    ],
)
def test_what_goes_wrong_is_told_apart(greeted, postmark, fault, state, is_away):
    postmark.then(fault)
    greeted()
    deliver(SOON)
    delivery = Delivery.objects.get(kind="email")
    assert delivery.state in (state, "held" if state == "queued" else state)
    assert Gate.objects.filter(key="email", closed_at__isnull=False).exists() == is_away
    assert TOKEN not in delivery.last_error and delivery.last_error


def test_a_provider_that_is_away_loses_nothing(greeted, postmark):
    postmark.then(*[say(503)] * 3)
    for _ in range(3):
        greeted()
    at = SOON
    for _ in range(8):
        deliver(at)
        at += timedelta(minutes=10)
    assert len(postmark.mails) == 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_one_in_doubt_is_sent_once_more_and_no_oftener(greeted, postmark):
    postmark.then(*[drop(Stage.TAKEN)] * 5)
    greeted()
    at = SOON
    for _ in range(6):
        deliver(at)
        at += timedelta(minutes=30)
    assert len(postmark.mails) == 2
    assert Delivery.objects.get().state == DeliveryState.DEAD


def test_an_address_that_the_provider_holds_inactive_is_refused_for_good(greeted, postmark):
    postmark.inactive.add("ben@example.com")
    greeted()
    deliver(SOON)
    delivery = Delivery.objects.get(kind="email")
    assert delivery.state == DeliveryState.DEAD and "refused" in delivery.last_error.lower()


def test_a_bounce_flags_the_address_once_and_the_ticket_says_so(client, taken):
    body = bounce_of(taken.provider_id, "ben@example.com")
    for _ in range(2):
        assert tell(client, body).status_code == 200
    flag = BouncedAddress.objects.get()
    assert (flag.address, flag.is_permanent, flag.times) == ("ben@example.com", True, 1)
    assert "does not exist" in flag.said
    from tickets.models import Reply

    notes = Reply.objects.filter(ticket_id=taken.message.about_id, is_internal=True)
    assert ["Refused for good" in note.body for note in notes] == [True]


def test_a_full_mailbox_is_not_flagged_for_good(client, taken):
    tell(client, bounce_of(taken.provider_id, "ben@example.com", kind="SoftBounce"))
    assert not BouncedAddress.objects.get().is_permanent


def test_a_complaint_flags_it_too_and_news_of_reading_are_not_kept(client, taken):
    tell(client, bounce_of(taken.provider_id, "ben@example.com", kind="SpamComplaint", record="SpamComplaint"))
    assert BouncedAddress.objects.get().status == "complained"
    tell(client, {"RecordType": "Open", "MessageID": taken.provider_id, "Recipient": "ben@example.com"})
    assert DeliveryEvent.objects.count() == 1


def test_only_who_has_the_secret_is_heard_and_only_the_desk_s_own_provider_has_an_address(
    client, taken, settings, caplog
):
    body = bounce_of(taken.provider_id, "ben@example.com")
    assert tell(client, body, secret="postmark:guess").status_code == 400
    assert "invalid basic auth" in caplog.text
    caplog.clear()
    assert tell(client, body, path="/inbound/anymail/sendgrid/").status_code == 404
    settings.DESK_EMAIL_PROVIDER = ""
    assert tell(client, body).status_code == 404
    assert not BouncedAddress.objects.exists()


def test_news_of_a_stranger_s_mail_change_nothing(client, taken):
    assert tell(client, bounce_of("somebody-else", "ben@example.com")).status_code == 200
    assert not BouncedAddress.objects.exists()


def test_settings_refuse_a_provider_without_secret_and_one_that_nobody_knows(monkeypatch):
    monkeypatch.setenv("DESK_EMAIL_PROVIDER", "postmark")
    with pytest.raises(ImproperlyConfigured, match="ANYMAIL_WEBHOOK_SECRET"):
        Environment().mail_provider("DESK_EMAIL_PROVIDER", prefix="ANYMAIL_")
    monkeypatch.setenv("ANYMAIL_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("ANYMAIL_POSTMARK_SERVER_TOKEN", TOKEN)
    provider, given = Environment().mail_provider("DESK_EMAIL_PROVIDER", prefix="ANYMAIL_")
    assert (provider, given["POSTMARK_SERVER_TOKEN"]) == ("postmark", TOKEN)
    for nonsense in ("pigeon", "os.path", "../x"):
        monkeypatch.setenv("DESK_EMAIL_PROVIDER", nonsense)
        with pytest.raises(ImproperlyConfigured, match="no such provider"):
            Environment().mail_provider("DESK_EMAIL_PROVIDER", prefix="ANYMAIL_")
