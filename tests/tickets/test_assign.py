"""assign_ticket: who may have it."""

import pytest

from financy_support.desk.errors import Invalid
from tests.conftest import NOON
from tests.make import do, make_ticket
from tickets.workflow.assign import assign_ticket


def test_an_agent_of_the_tier_takes_it_and_gives_it_back(cast):
    ticket = make_ticket(cast.ana)
    do(assign_ticket, ticket, to=cast.tom, by=cast.tom, at=NOON)
    assert (ticket.assignee, ticket.status) == (cast.tom, "open")
    do(assign_ticket, ticket, to=None, by=cast.tom, at=NOON)
    assert ticket.assignee is None


def test_only_fitting_agents_are_taken(cast):
    ticket = make_ticket(cast.ana, severity="high")
    secret = make_ticket(cast.ana, category="security")
    for wrong, which, why in [
        (cast.tom, ticket, "tier 1"),
        (cast.eve, ticket, "no active agent"),
        (cast.ana.user, ticket, "no active agent"),
        (cast.tara, secret, "no security team"),
    ]:
        with pytest.raises(Invalid, match=why):
            do(assign_ticket, which, to=wrong, by=cast.ada, at=NOON)
