"""What a mail looks like on the wire: the strict server of these tests takes it, and it says what was meant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communications.channels.email import mail_of
from communications.compose import Unfilled
from communications.models import Delivery
from communications.outbox import deliver
from communications.send import About, Draft, send_message
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from tests.communications.conftest import SOON, open_for
from tests.conftest import NOON
from tests.sinks.smtp import unfit_for_the_wire
from tickets.messages import say_progress
from tickets.models import Ticket
from tickets.workflow.open import open_ticket
from tickets.workflow.reply import reply_to_ticket

ATTACKS = [
    "Hi\r\nBcc: all@example.com",
    "Hi\nBcc: all@example.com\n\nA body of mine",
    "Hi\rBcc: all@example.com",
    "Hi\x0b\x0cBcc: all@example.com",
    "Hi\x85Bcc: all@example.com\u2028X-Own: 1\u2029",
    "Hi =?utf-8?q?=0D=0ABcc:_all@example.com?= there",
    "Hi\r\n .\r\nMAIL FROM:<evil@example.com>\r\n.\r\n",
]
EXPECTED_HEADERS = {
    "Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Message-ID", "Date",
    "Content-Language", "X-Financy-Reference", "Auto-Submitted", "X-Auto-Response-Suppress", "Precedence",
    "Reply-To", "X-Financy-Loop",
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_line_breaks_in_a_subject_make_no_header(sink, greeted, attack):
    ticket = greeted(subject=attack)
    assert deliver(SOON) == {"delivered": 1}
    (mail,) = sink.mails
    assert set(mail.parsed.keys()) == EXPECTED_HEADERS
    assert mail.recipients == ["ben@example.com"]
    assert ticket.reference in mail.parsed["Subject"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_line_breaks_in_a_name_make_no_header(sink, cast, attack):
    with acting(by=cast.tom, channel="test"):
        Customer.objects.filter(pk=cast.ben.pk).update(name=attack)
    cast.ben.refresh_from_db()
    open_for(cast)
    assert deliver(SOON) == {"delivered": 1}
    (mail,) = sink.mails
    assert set(mail.parsed.keys()) == EXPECTED_HEADERS
    assert not [line for line in mail.header_lines if line.lower().startswith((b"bcc", b"x-own"))]


@pytest.mark.parametrize(
    ("who", "subject", "said"),
    [
        ("ana", "Cartão não chegou, já são três semanas", "Olá, Ana!"),
        ("carmen", "¿Dónde está mi tarjeta? Señal y año", "Hola, Carmen:"),
        ("ben", "Where’s my card – “again”? €20 ☂ 你好", "Hello Ben,"),
    ],
)
def test_the_accents_of_each_language_arrive(sink, cast, who, subject, said):
    customer = getattr(cast, who)
    body = f"Ação, coração, piñata, “naïve” {subject}"
    with acting(by=customer.user, channel="test"):
        ticket = open_ticket(customer=customer, subject=subject, description="?", by=customer.user, at=NOON)
    with acting(by=cast.tom, channel="test"):
        reply_to_ticket(ticket, body=body, by=cast.tom, at=NOON)
    assert deliver(SOON) == {"delivered": 2}
    greeting, reply = (mail.parsed for mail in sink.mails)
    assert subject in greeting["Subject"]
    assert greeting["Content-Language"] == customer.language
    assert greeting.get_content().startswith(said)
    assert body in reply.get_content().replace("\r\n", "\n")


def test_long_subjects_are_folded_and_long_lines_are_wrapped_without_loss(sink, greeted, cast):
    ticket = greeted(subject=("The card that you have sent me does not open any door at all " * 4)[:249])
    words = "A line without an end. " * 200 + "é" * 3000 + "\n.a dot\n..two\n."
    with acting(by=cast.tom, channel="test"):
        reply_to_ticket(ticket, body=words, by=cast.tom, at=NOON)
    assert deliver(SOON) == {"delivered": 2}
    for mail in sink.mails:
        assert all(len(line) <= 78 for line in mail.content.split(b"\r\n"))
        assert ticket.subject in mail.parsed["Subject"]
    assert words.strip() in sink.mails[1].parsed.get_content().replace("\r\n", "\n")


def test_a_progress_update_says_when_in_the_customer_s_own_zone(sink, greeted, cast):
    ticket = greeted()
    with acting(by=cast.tom, channel="test"):
        say_progress(
            Ticket.objects.get(pk=ticket.pk), details="{reference} found", next_steps="[FIX THIS]",
            estimated_resolution=NOON + timedelta(hours=3), by=cast.tom, at=NOON,
        )  # fmt: skip
    deliver(SOON)
    body = sink.mails[1].parsed.get_content()
    assert "{reference} found" in body
    assert "[FIX THIS]" in body


def test_an_address_in_an_international_domain_is_written_in_ascii(sink, greeted):
    greeted()
    Delivery.objects.update(address="ben@café.example")
    assert deliver(SOON) == {"delivered": 1}
    (mail,) = sink.mails
    assert mail.recipients == ["ben@xn--caf-dma.example"]


@pytest.mark.parametrize("address", ["josé@example.com", "ben@example.com\r\nRCPT TO:<all@example.com>", "@", ""])
def test_an_address_that_no_server_could_take_is_parked_and_never_said(sink, greeted, address):
    greeted()
    Delivery.objects.update(address=address)
    assert deliver(SOON) == {"permanent": 1}
    assert sink.mails == []
    assert Delivery.objects.get().last_error.startswith("parked")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=st.text(min_size=1, max_size=400), body=st.text(min_size=1, max_size=2000))
def test_any_words_make_a_mail_that_the_strictest_server_takes(cast, subject, body):
    with acting(by=cast.tom, channel="test"):
        try:
            message = send_message(_draft(cast.ben, subject, body), by=cast.tom, at=NOON)
        except Unfilled:
            return
    delivery = Delivery.objects.select_related("message").get(message=message)
    sent = mail_of(delivery).message().as_bytes(linesep="\r\n")
    assert unfit_for_the_wire(sent) == ""


def _draft(to: Customer, subject: str, body: str) -> Draft:
    return Draft(
        purpose="agent_reply",
        to=to,
        about=About("tickets.ticket", 1, "FIN-000001"),
        language="en",
        facts={"reference": "FIN-000001", "subject": subject, "reply_body": body},
    )
