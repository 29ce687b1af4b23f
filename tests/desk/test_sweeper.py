"""The sweeper: facts are stamped with their own instants, once, whoever sweeps; a poison row hurts only itself."""

from __future__ import annotations

import threading
from datetime import timedelta

from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from financy_support.desk.audit.acting import acting
from financy_support.desk.time.deadline_handlers import HANDLERS
from financy_support.desk.time.sweeper import deadline_models, sweep
from tests.cast import hire_cast
from tests.conftest import NOON
from tests.make import deadline, make_ticket, sweep_at
from tickets.models import Escalation, Ticket, TicketDeadline

HOUR = timedelta(hours=1)


def test_warnings_and_breaches_carry_their_own_instant_not_the_sweeps(cast):
    ticket = make_ticket(cast.ana)
    sweep_at(NOON + timedelta(minutes=100))
    first = deadline(ticket, "first_response")
    assert (first.warned_at, first.breached_at) == (NOON + timedelta(minutes=90), None)
    sweep_at(NOON + 3 * HOUR)
    first.refresh_from_db()
    assert first.breached_at == NOON + 2 * HOUR


def test_lateness_is_measured(cast):
    make_ticket(cast.ana)
    assert sweep(NOON + timedelta(minutes=95)).lateness == timedelta(minutes=5)


def test_nothing_due_costs_one_statement_a_table(cast):
    make_ticket(cast.ana)
    with CaptureQueriesContext(connection) as queries:
        sweep_at(NOON)
    assert len(queries) == len(deadline_models())


def test_a_poison_row_is_stamped_counted_and_retried_while_the_others_go_on(cast, monkeypatch, caplog):
    good = [make_ticket(cast.ana) for _ in range(3)]
    poison = make_ticket(cast.ben)
    real = HANDLERS[(TicketDeadline, "time_in_tier")]

    def sometimes(deadlines, **kwargs):
        if any(one.ticket_id == poison.pk for one in deadlines):
            raise RuntimeError("poison")
        real(deadlines, **kwargs)

    monkeypatch.setitem(HANDLERS, (TicketDeadline, "time_in_tier"), sometimes)
    report = sweep(NOON + 4 * HOUR)
    assert report.failed == 1
    assert {ticket.tier_id for ticket in Ticket.objects.filter(pk__in=[one.pk for one in good])} == {2}
    stuck = deadline(poison, "time_in_tier")
    assert (stuck.breached_at, stuck.failures, stuck.last_error) == (NOON + 4 * HOUR, 1, "RuntimeError: poison")
    assert stuck.retry_at > NOON + 4 * HOUR
    assert sweep(NOON + 4 * HOUR).failed == 0  # it waits for its retry
    monkeypatch.setitem(HANDLERS, (TicketDeadline, "time_in_tier"), real)
    sweep_at(stuck.retry_at)
    poison.refresh_from_db()
    stuck.refresh_from_db()
    assert (poison.tier_id, stuck.failures, stuck.breached_at) == (2, 0, NOON + 4 * HOUR)


def test_two_sweepers_at_once_escalate_each_ticket_once(committed_db):
    cast = hire_cast()
    for _ in range(40):
        make_ticket(cast.ana)
    errors = []

    def run() -> None:
        try:
            sweep(NOON + 4 * HOUR, batch=7)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sweep(NOON + 4 * HOUR)
    assert not errors
    assert Escalation.objects.count() == 40
    assert set(Ticket.objects.values_list("tier_id", flat=True)) == {2}


def test_a_ticket_in_an_agents_hands_is_left_for_the_next_sweep(committed_db):
    cast = hire_cast()
    ticket = make_ticket(cast.ana)
    taken, done = threading.Event(), threading.Event()

    def agent() -> None:
        with acting(by=cast.tom, channel="test"):
            Ticket.objects.select_for_update().get(pk=ticket.pk)
            taken.set()
            done.wait(10)
        connections.close_all()

    thread = threading.Thread(target=agent)
    thread.start()
    taken.wait(10)
    assert sweep(NOON + 4 * HOUR).total == 0
    done.set()
    thread.join()
    assert sweep(NOON + 4 * HOUR).total > 0


def test_a_repeating_deadline_starts_its_next_round_where_it_was_due(cast, act):
    ticket = make_ticket(cast.ana)
    repeats = timedelta(minutes=30)
    with act(cast.tom):
        TicketDeadline(
            ticket=ticket, kind="cadence", target=repeats, policy_source="test", repeats_every=repeats
        ).start(NOON).save()
    sweep_at(NOON + timedelta(minutes=45))
    rounds = list(TicketDeadline.objects.filter(kind="cadence").order_by("id").values_list("due_at", "breached_at"))
    assert rounds == [
        (NOON + timedelta(minutes=30), NOON + timedelta(minutes=30)),
        (NOON + timedelta(minutes=60), None),
    ]
