"""The page of gates: what is away, how much waits, and a try on demand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from communications.models import Gate
from communications.outbox import deliver
from communications.workflow.try_gate import try_gate
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, NotAllowed
from financy_support.engines import database_now
from tests.conftest import NOON
from tests.make import make_ticket

PAGE = reverse("admin:communications_gate_changelist")


@pytest.fixture
def away(cast, settings):
    settings.EMAIL_PORT = 1
    for _ in range(3):
        make_ticket(cast.ana)
    deliver(database_now())
    return Gate.objects.get(key="email")


def test_it_shows_what_is_away_and_how_much_waits(cast, at_the_desk, away):
    page = at_the_desk(cast.tom).get(PAGE).content.decode()
    assert "closed" in page and "email" in page
    assert '<td class="field-waiting' in page
    assert at_the_desk(cast.tom).get("/admin/").content.decode().count("Providers away") == 1


def test_a_try_on_demand_does_not_wait_for_the_next_one(cast, at_the_desk, away):
    Gate.objects.update(closed_until=database_now() + timedelta(hours=4))
    answer = at_the_desk(cast.tom).post(PAGE, {"action": "try_now", "_selected_action": ["email"]}, follow=True)
    assert "the next delivery is tried now" in answer.content.decode()
    before = Gate.objects.get().failures
    deliver(database_now())
    assert Gate.objects.get().failures == before + 1


def test_only_agents_try_and_only_closed_ones(cast, away):
    for person, refusal in ((cast.eve, NotAllowed), (cast.tom, None)):
        with acting(by=person, channel="test"):
            if refusal:
                with pytest.raises(refusal):
                    try_gate(away, by=person, at=NOON)
            else:
                try_gate(away, by=person, at=NOON)
    Gate.objects.update(closed_at=None)
    with acting(by=cast.tom, channel="test"), pytest.raises(Conflict, match="open"):
        try_gate(away, by=cast.tom, at=NOON)
