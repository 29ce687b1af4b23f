"""Automatic mail has budgets: what is over is parked, visible and releasable, and never dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from communications.models import Delivery, DeliveryState, Gate, MailBudget
from communications.outbox import claim, deliver
from communications.workflow.redrive import redrive_delivery
from financy_support.desk.audit.acting import acting
from tests.communications.conftest import SOON, delivery_of, open_for, outcomes_of
from tests.conftest import NOON
from tests.make import make_ticket
from tests.sinks.smtp import refuse
from tickets.models import Reply
from tickets.workflow.reply import reply_to_ticket

HOUR = timedelta(hours=1)


def budgets(cast, **most: int) -> None:
    with acting(by=cast.ada, channel="test"):
        for scope, figure in most.items():
            MailBudget.objects.filter(scope=scope).update(most=figure)


def states() -> dict[str, int]:
    found = list(Delivery.objects.values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


def test_the_sixth_automatic_mail_of_an_hour_to_one_recipient_is_parked_with_the_reason(cast, sink):
    tickets = [open_for(cast, f"Question {number}") for number in range(8)]
    other = make_ticket(cast.ana)
    assert deliver(SOON) == {"delivered": 6, "parked": 3}
    assert states() == {"delivered": 6, "parked": 3}
    assert delivery_of(other).state == DeliveryState.DELIVERED
    parked = delivery_of(tickets[-1])
    assert "5 automatic mails" in parked.waiting_reason
    assert outcomes_of(parked) == ["parked"]
    assert len(sink.mails) == 6


def test_an_hour_later_there_is_room_again(cast, sink):
    for number in range(5):
        open_for(cast, f"Question {number}")
    deliver(SOON)
    late = delivery_of(open_for(cast, "Later", at=NOON + HOUR))
    deliver(SOON + HOUR - timedelta(seconds=1))
    assert deliver(SOON + HOUR + timedelta(seconds=1)) == {}
    late.refresh_from_db()
    assert late.state == DeliveryState.PARKED
    after = delivery_of(open_for(cast, "Much later", at=NOON + HOUR))
    deliver(SOON + HOUR + timedelta(seconds=1))
    after.refresh_from_db()
    assert after.state == DeliveryState.DELIVERED


def test_whatever_the_case_of_the_address_it_is_one_recipient(cast, sink):
    budgets(cast, recipient=1)
    for number, address in enumerate(["Ben@Example.com", "ben@example.com"]):
        ticket = open_for(cast, f"Question {number}")
        Delivery.objects.filter(pk=delivery_of(ticket).pk).update(address=address)
    assert deliver(SOON) == {"delivered": 1, "parked": 1}


def test_a_domain_has_a_budget_over_all_who_live_there_once_the_desk_gives_it_one(cast, sink):
    with acting(by=cast.ada, channel="test"):
        MailBudget.objects.create(scope="domain", most=2, per=HOUR)
    for customer in (cast.ana, cast.ben, cast.bea):
        make_ticket(customer)
    assert deliver(SOON) == {"delivered": 2, "parked": 1}
    assert "one domain" in Delivery.objects.get(state=DeliveryState.PARKED).waiting_reason


def test_a_busy_hour_of_customers_with_the_same_mail_provider_parks_nobody_s_mail(cast, sink):
    message = delivery_of(make_ticket(cast.bea)).message
    Delivery.objects.bulk_create(
        Delivery(
            message=message, kind="email", gate="email", address=f"somebody{number}@example.com", is_budgeted=True,
            due_at=NOON, state=DeliveryState.DELIVERED, settled_at=NOON,
        )
        for number in range(600)
    )  # fmt: skip
    Delivery.objects.filter(state=DeliveryState.QUEUED).delete()
    open_for(cast)
    assert deliver(SOON) == {"delivered": 1}


def test_the_ticket_says_that_its_mail_was_parked_and_why_and_says_it_once(cast, sink, client):
    budgets(cast, recipient=0)
    ticket = open_for(cast)
    Delivery.objects.create(
        message=delivery_of(ticket).message, kind="email", gate="email", address="second@example.net", due_at=NOON,
        is_budgeted=True,
    )  # fmt: skip
    assert deliver(SOON) == {"parked": 2}
    note = Reply.objects.get(ticket=ticket, channel="note")
    assert note.body.startswith("Parked: initial_response to ben@example.com by email.")
    assert "Over budget: 0 automatic mails" in note.body
    client.force_login(cast.tom, backend="django.contrib.auth.backends.ModelBackend")
    shown = client.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    assert shown.count("Over budget: 0 automatic mails") == 3


def test_a_ticket_has_a_budget_whoever_is_written_to(cast, sink):
    budgets(cast, subject=1)
    ticket = open_for(cast)
    message = delivery_of(ticket).message
    Delivery.objects.create(
        message=message, kind="email", gate="email", address="second@example.net", due_at=NOON, is_budgeted=True
    )
    assert deliver(SOON) == {"delivered": 1, "parked": 1}
    assert "one ticket" in Delivery.objects.get(state=DeliveryState.PARKED).waiting_reason


def test_an_agent_s_own_words_are_under_no_budget(cast, sink):
    budgets(cast, recipient=0)
    ticket = open_for(cast)
    with acting(by=cast.tom, channel="test"):
        reply_to_ticket(ticket, body="I have sent you a new card.", by=cast.tom, at=NOON)
    assert deliver(SOON) == {"parked": 1, "delivered": 1}


def test_what_was_refused_uses_up_nothing(cast, sink):
    budgets(cast, recipient=1)
    sink.then(refuse("550 5.1.1 No such user"))
    open_for(cast)
    open_for(cast)
    assert deliver(SOON) == {"permanent": 1, "delivered": 1}


def test_what_was_parked_leaves_when_somebody_releases_it(cast, sink):
    budgets(cast, recipient=1)
    for number in range(2):
        open_for(cast, f"Question {number}")
    deliver(SOON)
    parked = Delivery.objects.get(state=DeliveryState.PARKED)
    with acting(by=cast.tom, channel="test"):
        redrive_delivery(parked, reason="no robot: she asked twice", by=cast.tom, at=SOON)
    assert deliver(SOON) == {"delivered": 1}
    assert outcomes_of(parked) == ["parked", "redriven", "delivered"]


def test_mail_over_budget_that_waits_at_a_closed_gate_keeps_it_shut_for_nobody(cast, sink):
    budgets(cast, recipient=1)
    open_for(cast)
    assert deliver(SOON) == {"delivered": 1}
    sink.then(refuse("421 4.3.2 Closing"))
    first = make_ticket(cast.bea, at=NOON)
    for number in range(5):
        open_for(cast, f"Question {number}")
    last = make_ticket(cast.ana, at=NOON)
    assert deliver(SOON)["temporary"] == 1
    assert Gate.objects.get(key="email").is_closed
    assert deliver(SOON + timedelta(seconds=6)) == {"parked": 5, "delivered": 1}
    assert delivery_of(last).state == DeliveryState.DELIVERED
    assert delivery_of(first).state == DeliveryState.QUEUED
    assert not Gate.objects.exists()


def test_patience_that_a_provider_asks_for_is_kept_when_mail_over_budget_is_parked_meanwhile(cast, sink):
    budgets(cast, recipient=0)
    open_for(cast)
    ((delivery, _),) = claim(SOON)
    until = SOON + HOUR
    Gate.objects.create(key="email", closed_at=SOON, closed_until=until)
    Delivery.objects.filter(pk=delivery).update(claimed_at=SOON - HOUR)  # its worker died: another takes it over
    assert deliver(SOON) == {"parked": 1}
    assert Gate.objects.get().closed_until == until


@pytest.mark.parametrize("count", [4, 9])
def test_what_was_asked_to_leave_left_or_is_parked(cast, sink, count):
    for number in range(count):
        open_for(cast, f"Question {number}")
    deliver(SOON)
    found = states()
    assert found.get("delivered", 0) + found.get("parked", 0) == count
    assert len(sink.mails) == found["delivered"]
