"""Whatever happens to tickets, in whatever order: what must always be true of queue columns, promises and history."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from communications.models import Message
from financy_support.desk.errors import Conflict, DeskError
from financy_support.desk.people.severity import Severity
from financy_support.desk.time.sweeper import sweep
from tests.cast import hire_cast
from tests.conftest import NOON
from tests.make import do, make_ticket
from tickets.models import Escalation, HoldReason, Reply, Resolution, Status, Ticket, TicketDeadline
from tickets.workflow.assign import assign_ticket
from tickets.workflow.change_category import change_category
from tickets.workflow.change_severity import change_severity
from tickets.workflow.close import close_ticket
from tickets.workflow.escalate import escalate_ticket
from tickets.workflow.hold import hold_ticket, resume_ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.reopen import reopen_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket

RESOLVED = {"summary": "s", "actions_taken": "a", "prevention_measures": "p"}


class Desk(RuleBasedStateMachine):
    """An administrator and a customer do anything at any time; the sweeper comes now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.story = transaction.atomic()
        self.story.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.story.__exit__(None, None, None)

    @initialize(severity=st.sampled_from(Severity.values), category=st.sampled_from(["other", "security", "data"]))
    def ask(self, severity: str, category: str) -> None:
        self.cast = hire_cast()
        self.now = NOON
        self.ticket = make_ticket(self.cast.ana, severity=severity, category=category)
        self.breaches: dict[int, object] = {}

    @rule(hours=st.floats(0.01, 60))
    def time_goes_on(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        assert sweep(self.now).failed == 0

    @rule()
    def customer_writes(self) -> None:
        self.attempt(reply_to_ticket, by=self.cast.ana.user, body="words")

    @rule()
    def agent_writes(self) -> None:
        self.attempt(reply_to_ticket, by=self.cast.ada, body="words")

    @rule()
    def agent_notes(self) -> None:
        self.attempt(note_ticket, by=self.cast.ada, body="words")

    @rule()
    def assign(self) -> None:
        self.attempt(assign_ticket, by=self.cast.ada, to=self.cast.ada)

    @rule(reason=st.sampled_from(HoldReason.values))
    def hold(self, reason: str) -> None:
        self.attempt(hold_ticket, by=self.cast.ada, reason=reason)

    @rule()
    def resume(self) -> None:
        self.attempt(resume_ticket, by=self.cast.ada)

    @rule(severity=st.sampled_from(Severity.values))
    def set_severity(self, severity: str) -> None:
        self.attempt(change_severity, by=self.cast.ada, severity=severity, reason="because")

    @rule(category=st.sampled_from(["other", "security", "performance"]))
    def set_category(self, category: str) -> None:
        self.attempt(change_category, by=self.cast.ada, category=category)

    @precondition(lambda self: Ticket.objects.get(pk=self.ticket.pk).tier_id < 4)
    @rule()
    def escalate(self) -> None:
        self.attempt(escalate_ticket, by=self.cast.ada, reason="deep", trigger="Customer request for escalation")

    @rule()
    def resolve(self) -> None:
        self.attempt(resolve_ticket, by=self.cast.ada, **RESOLVED)

    @rule()
    def reopen(self) -> None:
        self.attempt(reopen_ticket, by=self.cast.ada, reason="again")

    @rule()
    def close(self) -> None:
        self.attempt(close_ticket, by=self.cast.ada)

    def attempt(self, verb: object, **fields: object) -> None:
        """Do it, or be refused for the state it is in: nothing else may happen."""
        before = Ticket.objects.filter(pk=self.ticket.pk).values().get()
        try:
            do(verb, self.ticket, at=self.now, **fields)
        except Conflict:
            assert Ticket.objects.filter(pk=self.ticket.pk).values().get() == before
        except DeskError as error:
            raise AssertionError(f"{verb} was refused for another reason than the state: {error}") from error

    @invariant()
    def the_queue_columns_tell_the_truth(self) -> None:
        ticket = Ticket.objects.get(pk=self.ticket.pk)
        owed = (
            TicketDeadline.objects.open().filter(ticket=ticket, due_at__isnull=False).order_by("due_at", "id").first()
        )
        assert ticket.next_due_at == (owed.due_at if owed else None)
        assert ticket.next_warn_at == (owed.warn_at if owed else None)

    @invariant()
    def a_live_ticket_owes_a_resolution_and_an_ended_one_nothing(self) -> None:
        ticket = Ticket.objects.get(pk=self.ticket.pk)
        open_kinds = list(ticket.deadlines.open().values_list("kind", flat=True))
        assert len(open_kinds) == len(set(open_kinds))
        assert ("resolution" in open_kinds) == ticket.is_live
        if not ticket.is_live:
            assert open_kinds == []

    @invariant()
    def paused_means_remaining_and_running_means_due(self) -> None:
        for one in self.ticket.deadlines.open():
            assert (one.due_at is None) == (one.remaining is not None)
            assert one.due_at is not None or Ticket.objects.get(pk=self.ticket.pk).status == Status.ON_HOLD

    @invariant()
    def breaches_are_written_once_and_never_erased(self) -> None:
        now = dict(self.ticket.deadlines.filter(breached_at__isnull=False).values_list("id", "breached_at"))
        assert all(now.get(key) == value for key, value in self.breaches.items())
        self.breaches = now

    @invariant()
    def every_promise_of_words_was_kept(self) -> None:
        sent = list(Message.objects.values_list("purpose", flat=True))
        agent_words = Reply.objects.filter(voice="agent", is_internal=False).count()
        assert sent.count("initial_response") == 1
        assert sent.count("agent_reply") == agent_words
        assert sent.count("escalation_notification") == Escalation.objects.count()
        assert sent.count("resolution_notification") == Resolution.objects.count()

    @invariant()
    def security_is_with_a_team_that_may_see_it(self) -> None:
        ticket = Ticket.objects.get(pk=self.ticket.pk)
        assert not ticket.is_security or ticket.team.slug in ("security", "security_engineering")

    @invariant()
    def every_version_is_in_the_history(self) -> None:
        versions = Ticket.history.filter(id=self.ticket.pk)
        assert versions.count() == Ticket.objects.get(pk=self.ticket.pk).version


def test_whatever_happens_in_whatever_order(db):
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
