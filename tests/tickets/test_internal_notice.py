"""An escalation tells the receiving team apart from the customer, by its destinations or else its people."""

from __future__ import annotations

import pytest

from communications.models import Destination, Message, ProviderAccount
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.team import Team
from tests.conftest import NOON
from tests.make import do, make_ticket, sweep_at
from tickets.workflow.escalate import escalate_ticket

TRIGGER = "Customer request for escalation"


@pytest.fixture
def ticket(cast):
    return make_ticket(cast.ana)


def hand_over(cast, ticket, **more):
    do(escalate_ticket, ticket, reason="Needs the gateway log", trigger=TRIGGER, by=cast.tom, at=NOON, **more)
    return Message.objects.filter(purpose="escalation_internal").order_by("id")


def test_the_people_of_the_team_read_the_reason_and_the_handoff_in_their_language(cast, ticket):
    with acting(by=cast.ada, channel="test"):
        cast.tina.language = "pt"
        cast.tina.save()
    (notice,) = hand_over(cast, ticket, handoff={"Tried": "A new card"})
    assert (notice.person, notice.customer, notice.language) == (cast.tina, None, "pt")
    assert "Needs the gateway log" in notice.body and "Tried: A new card" in notice.body
    assert f"/admin/tickets/ticket/{ticket.pk}/change/" in notice.body
    assert (notice.update_type, notice.escalation_level) == ("escalation", "tier_1_to_2")
    assert notice.deliveries.get().address == "tina@financy.example"


def test_the_customer_never_reads_it(cast, ticket):
    hand_over(cast, ticket)
    seen = Message.objects.visible_to(cast.ana.user)
    assert not seen.filter(purpose="escalation_internal").exists()
    assert "Needs the gateway log" not in seen.get(purpose="escalation_notification").body


def test_a_destination_of_the_team_hears_instead_of_its_people(cast, ticket):
    with acting(by=cast.ada, channel="test"):
        account = ProviderAccount.objects.create(kind="slack", name="Slack", base_url="https://slack.invalid")
        Destination.objects.create(
            code="tech", name="#technical", account=account, address="C1", languages=["spanish"],
            team=Team.objects.get(slug="technical_support"),
        )  # fmt: skip
    (notice,) = hand_over(cast, ticket)
    assert (notice.destination.code, notice.person, notice.language) == ("tech", None, "es")


def test_time_tells_the_next_team_as_well(cast, ticket):
    sweep_at(ticket.created_at + (ticket.deadlines.get(kind="time_in_tier").target))
    assert Message.objects.get(purpose="escalation_internal").person == cast.tina


def test_a_team_of_nobody_stops_no_escalation(cast, ticket):
    with acting(by=cast.ada, channel="test"):
        cast.tina.memberships.get().delete()
    assert not hand_over(cast, ticket).exists()
    assert ticket.tier_id == 2
