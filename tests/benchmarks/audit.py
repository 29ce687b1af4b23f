"""P9: what history costs: the same requests with PostgreSQL's triggers and, in a throw-away database, without them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial

from django.db import transaction

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from tests.benchmarks.bench import Bench
from tests.benchmarks.create import opening_with
from tests.benchmarks.databases import Database
from tests.benchmarks.figure import Figure, interleaved, median
from tests.benchmarks.load import Maker, request
from tests.benchmarks.people import administrator, agent_of, asking_customers, bearer
from tests.benchmarks.statements import statements_of
from tickets.models import Ticket
from tickets.models.ticket import reference_of
from tickets.workflow.escalate import escalate_by_time

AGAINST = "without-history-triggers"
MOST = 1.25


def figures(bench: Bench) -> Iterator[Figure]:
    """CPU of server and cluster a request, on copies of the smallest desk."""
    original = bench.database(bench.sizes[0])
    kept, forgetful = original.copy("kept"), original.copy("forgetful")
    _drop_history_triggers(forgetful)
    measures = {}
    for name, database in (("kept", kept), ("forgetful", forgetful)):
        database.enter()
        desk = bench.desk(database)
        opening = opening_with([bearer(customer) for customer in asking_customers()])
        assigning = _assigning()
        for maker in (opening, assigning):
            bench.warm_up(desk, maker)
        measures[f"create.{name}"] = partial(bench.press, desk, opening)
        measures[f"assign.{name}"] = partial(bench.press, desk, assigning)
    runs = interleaved(measures, bench.rounds)
    for what in ("create", "assign"):
        with_history, without = ([one.cpu for one in runs[f"{what}.{name}"]] for name in ("kept", "forgetful"))
        ratio = median(one / other for one, other in zip(with_history, without, strict=True))
        yield Figure(f"P9.history.{what}.cpu", median(with_history), "ms", ratio, AGAINST, most=MOST)
    kept.enter()
    few, many = _statements(10), _statements(1000)
    yield Figure("P9.bulk.statements", many, "statements", many / few, "10-tickets-instead-of-1000", most=1)


def _drop_history_triggers(database: Database) -> None:
    with database.owner() as owner:
        triggers = owner.execute(
            "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'desk_history_%'"
        ).fetchall()
        assert triggers
        for name, table in triggers:
            owner.execute(f"DROP TRIGGER {name} ON {table}")


def _assigning() -> Maker:
    """A plain change of one row: tickets are given to an agent and taken back, one after the other."""
    token = bearer(administrator())
    tickets = itertools.cycle(
        reference_of(pk) for pk in Ticket.objects.live().filter(tier=1, is_security=False).values_list("pk", flat=True)
    )
    email = itertools.cycle([agent_of(1).email, None])
    return lambda number: request("POST", f"/api/v1/tickets/{next(tickets)}/assign/", token, {"assignee": next(email)})


def _statements(count: int) -> int:
    """How many escalate so many tickets; nothing is kept."""
    sweeper = system_actor(SystemActor.SWEEPER)
    tickets = list(Ticket.objects.live().filter(tier=1).select_related("customer", "category").order_by("id")[:count])

    def climb() -> None:
        with acting(by=sweeper, channel="benchmark") as act:
            for ticket in tickets:
                ticket.tier_id = 1
            escalate_by_time(tickets, by=sweeper, at=act.at)
            transaction.set_rollback(True)

    assert len(tickets) == count
    return len(statements_of(climb))
