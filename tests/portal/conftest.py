"""A mail server that records, and customers who sign in by what it got."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from communications.outbox import deliver
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import SystemActor, system_actor
from tests.sinks.smtp import SmtpSink
from tickets.models import PortalLink, PortalSession

SIGN_IN = "/help/en/requests/"


@pytest.fixture(autouse=True)
def patient_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests of a process come from one address within one minute; the test of a limit sets its own."""
    for limit in ("sign_in_pages.ASKED_A_MINUTE", "sign_in_pages.OPENED_A_MINUTE", "doors.ACTS_A_MINUTE"):
        monkeypatch.setattr(f"tickets.portal.{limit}", 10_000)
    monkeypatch.setattr("tickets.contact_page.ASKED_A_MINUTE", 10_000)


@pytest.fixture
def sink(settings: Any) -> Iterator[SmtpSink]:
    """The mail server of the desk, strict; what it finds unfit for the wire fails the test."""
    with SmtpSink() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 0.3
        yield server
    assert not server.refused


@pytest.fixture
def mailed(sink: SmtpSink) -> Callable[..., str]:
    """Ask for a link as somebody with this address does, and give the path of the one that arrived."""

    def ask(email: str, **more: str) -> str:
        before = len(sink.mails)
        answer = Client().post(SIGN_IN, {"email": email, **more})
        assert answer.status_code == 200
        deliver(timezone.now() + timedelta(seconds=1))
        (link,) = [found for mail in sink.mails[before:] if (found := link_in(mail.parsed.get_content()))]
        return link

    return ask


@pytest.fixture
def signed_in(mailed: Callable[..., str]) -> Callable[[Customer], Client]:
    """A browser in which this customer signed in by a mailed link."""

    def sit_down(customer: Customer) -> Client:
        client = Client()
        answer = client.post(mailed(customer.email))
        assert answer.status_code == 302
        return client

    return sit_down


def link_in(text: str) -> str:
    """The path of the link in a mail, without the desk's own address; empty when there is none."""
    found = re.search(r"https?://[^/\s]+(/help/\w\w/requests/link/\S+)", text)
    return found[1] if found else ""


def session_for(customer: Customer) -> PortalSession:
    """Signed in without the way through the mail, which other tests go."""
    now = timezone.now()
    facts = {"expires_at": now + timedelta(hours=1), "customer": customer, "address": customer.email}
    with acting(by=system_actor(SystemActor.PUBLIC), channel="test"):
        link = PortalLink.objects.create(asked_at=now, used_at=now, **facts)
        return PortalSession.objects.create(link=link, started_at=now, **facts)
