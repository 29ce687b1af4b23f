"""When words are late the desk says so: at /health/ready, and to people by ways that do not use the outbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.core import mail

from communications.inbound.keep import Envelope, keep_mail
from communications.models import Delivery, DeliveryState, Door, Gate
from communications.outbox import deliver
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from financy_support.engines import database_now
from financy_support.watch import Watcher
from tests.make import make_ticket
from tests.sinks.http import Answer, HttpSink, Request, say
from tests.sinks.smtp import SmtpSink

MINUTE = timedelta(seconds=60)


@dataclass
class AlertSink(HttpSink):
    """Takes what Slack's incoming webhook takes."""

    texts: list[str] = field(default_factory=list)

    def answer_to(self, request: Request) -> Answer:
        self.texts.append(request.json["text"])
        return Answer(200, "ok")


@pytest.fixture
def alerts(settings):
    with AlertSink() as sink:
        settings.DESK_ALERT_URL = f"{sink.url}/hook"
        yield sink


@pytest.fixture
def due(cast):
    ticket = make_ticket(cast.ana)
    return Delivery.objects.get(message__about_id=ticket.pk)


def late_by(delivery, span):
    Delivery.objects.filter(pk=delivery.pk).update(due_at=database_now() - span)


def test_a_minute_is_allowed_and_more_is_late(due, client):
    late_by(due, timedelta(seconds=50))
    assert client.get("/health/ready").status_code == 200
    late_by(due, timedelta(seconds=70))
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "late")
    assert "a delivery waits since" in answer.json()["late"][0]


@pytest.mark.parametrize("state", ["held", "parked", "dead", "delivered", "sending"])
def test_only_what_nobody_touches_is_late(due, client, state):
    late_by(due, timedelta(hours=1))
    Delivery.objects.update(state=state)
    assert client.get("/health/ready").status_code == 200


def test_what_waits_for_a_provider_that_is_away_is_not_late(due, client, settings):
    settings.EMAIL_PORT = 1
    late_by(due, timedelta(hours=1))
    deliver(database_now())
    assert Gate.objects.get(key="email").is_closed
    assert client.get("/health/ready").status_code == 200


def test_the_least_urgent_words_count_too(due, client):
    late_by(due, timedelta(hours=1))
    Delivery.objects.update(priority=2)
    assert client.get("/health/ready").status_code == 503


def test_a_mail_that_nobody_takes_in_is_late(cast, client):
    room = system_actor(SystemActor.MAIL)
    with acting(by=room, channel="inbound"):
        content = b"From: a@example.com\r\nSubject: x\r\n\r\nwords\r\n"
        came_at = database_now() - 2 * MINUTE
        keep_mail(content, door=Door.LMTP, envelope=Envelope("a@example.com", []), by=room, at=came_at)
    assert "a mail that came in waits" in client.get("/health/ready").json()["late"][0]


def test_people_hear_it_once_and_once_more_when_it_is_over_though_the_outbox_stands_still(due, alerts, settings):
    with SmtpSink() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.DESK_ALERT_ADDRESS = ["oncall@financy.example"]
        late_by(due, timedelta())
        watcher = Watcher()
        assert watcher.look(database_now()) == ""
        late_by(due, 2 * MINUTE)
        for _ in range(3):
            watcher.look(database_now())
        Delivery.objects.update(state=DeliveryState.DELIVERED)
        for _ in range(3):
            watcher.look(database_now())
        assert [text.partition(": ")[2].split(" since")[0] for text in alerts.texts] == [
            "a delivery waits", "nothing is late any more.",
        ]  # fmt: skip
        assert [one.parsed["Subject"] for one in server.mails] == [
            "Words are late at the support desk", "The support desk is on time again",
        ]  # fmt: skip


def test_a_way_that_fails_keeps_no_other_and_stops_nothing(due, alerts, settings, caplog):
    alerts.then(say(500))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.DESK_ALERT_ADDRESS = ["oncall@financy.example"]
    late_by(due, 2 * MINUTE)
    assert "a delivery waits" in Watcher().look(database_now())
    assert "refused: 500" in caplog.text and "could not be mailed" in caplog.text
    assert mail.outbox == []
