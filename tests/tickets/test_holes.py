"""Holes that a cold review found on 2026-11-23, each with the test that keeps it shut."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections, transaction

from communications.models import Channel, Message
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Invalid, NotAllowed
from financy_support.desk.people.team import Team
from financy_support.desk.time.calendar import BusinessCalendar
from tests.cast import hire_cast
from tests.conftest import NOON
from tests.make import deadline, do, make_ticket, sweep_at
from tickets.files import Upload, attach
from tickets.models import Escalation, EscalationPath, Reply, SlaTarget, Ticket
from tickets.workflow.change_severity import change_severity
from tickets.workflow.escalate import escalate_ticket
from tickets.workflow.hold import hold_ticket, resume_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket

HOUR = timedelta(hours=1)
TRIGGER = "Customer request for escalation"
RESOLVED = {"summary": "s", "actions_taken": "a", "prevention_measures": "p"}


def test_a_reply_that_waits_for_an_escalation_is_written_after_it(committed_db):
    cast = hire_cast()
    ticket = make_ticket(cast.ana)
    moved, failures = threading.Event(), []

    def customer() -> None:
        try:
            moved.wait(10)
            do(reply_to_ticket, Ticket.objects.get(pk=ticket.pk), body="Hello?", by=cast.ana.user, at=NOON)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=customer)
    thread.start()
    with acting(by=cast.tom, channel="test"):
        escalate_ticket(ticket, reason="x", trigger=TRIGGER, by=cast.tom, at=NOON)
        moved.set()
        thread.join(0.5)  # the customer waits for the lock
    thread.join(10)
    assert failures == []
    assert Reply.objects.filter(body="Hello?").count() == 1


@pytest.mark.parametrize("reason", ["vendor", "incident"])
def test_a_hold_that_stops_nothing_pauses_nothing(cast, reason):
    ticket = make_ticket(cast.ana, severity="critical")
    do(escalate_ticket, ticket, reason="x", trigger=TRIGGER, by=cast.theo, at=NOON)
    do(hold_ticket, ticket, reason=reason, by=cast.ada, at=NOON)
    assert not ticket.deadlines.open().filter(due_at__isnull=True).exists()


def test_a_hold_after_the_time_was_over_but_before_the_sweep_still_escalates(cast):
    ticket = make_ticket(cast.ana)
    do(hold_ticket, ticket, reason="customer", by=cast.tom, at=NOON + 5 * HOUR)
    assert deadline(ticket, "time_in_tier").breached_at == NOON + 4 * HOUR
    sweep_at(NOON + 6 * HOUR)
    assert Escalation.objects.get().kind == "time"


def test_security_stays_with_the_security_teams_in_every_tier(cast):
    ticket = make_ticket(cast.ana, category="security")
    sweep_at(NOON + 24 * HOUR)
    ticket.refresh_from_db()
    assert (ticket.tier_id, ticket.team.slug) == (4, "security_engineering")
    seen = [name for name in ("theo", "tara", "sam", "ada") if Ticket.objects.visible_to(getattr(cast, name)).exists()]
    assert seen == ["sam", "ada"]
    with pytest.raises(Invalid, match="security_engineering"):
        do(escalate_ticket, make_ticket(cast.ana, category="security"), to_tier=4, team="infrastructure", reason="x",
           trigger=TRIGGER, by=cast.sam, at=NOON)  # fmt: skip


def test_a_member_of_another_team_that_holds_a_security_ticket_does_not_see_it(cast):
    ticket = make_ticket(cast.ana, category="security")
    with acting(by=cast.ada, channel="test"):
        team = Team.objects.get(slug="infrastructure")
        Ticket.objects.filter(pk=ticket.pk).update(team=team, tier=team.tier_id)
    assert not Ticket.objects.visible_to(cast.tara).exists()


def test_clocks_that_start_during_a_hold_wait_with_it(cast):
    ticket = make_ticket(cast.ana)
    do(hold_ticket, ticket, reason="customer", by=cast.tom, at=NOON)
    do(escalate_ticket, ticket, reason="x", trigger=TRIGGER, by=cast.tom, at=NOON + HOUR)
    assert deadline(ticket, "time_in_tier").remaining == 8 * HOUR
    sweep_at(NOON + timedelta(days=5))
    ticket.refresh_from_db()
    assert ticket.tier_id == 2
    do(resume_ticket, ticket, by=cast.tina, at=NOON + timedelta(days=5))
    assert deadline(ticket, "time_in_tier").due_at == NOON + timedelta(days=5, hours=8)


def test_an_agent_below_the_tier_answers_the_customer_but_keeps_no_promise_of_the_tier(cast):
    ticket = make_ticket(cast.ana)
    do(escalate_ticket, ticket, to_tier=3, reason="x", trigger=TRIGGER, by=cast.tom, at=NOON)
    do(reply_to_ticket, ticket, body="I am with you", by=cast.tom, at=NOON + HOUR)
    assert deadline(ticket, "first_response").met_at == NOON + HOUR
    assert deadline(ticket, "tier_response").met_at is None
    assert ticket.assignee is None


def test_a_tool_neither_speaks_as_the_customer_nor_keeps_a_response_promise(cast):
    cast.monitor.scopes = frozenset({"tickets:read", "tickets:write"})
    ticket = make_ticket(cast.ana)
    with pytest.raises(NotAllowed, match="tool"):
        do(reply_to_ticket, ticket, body="x", by=cast.monitor, at=NOON)
    do(resolve_ticket, ticket, by=cast.monitor, at=NOON + HOUR, **RESOLVED)
    first = deadline(ticket, "first_response")
    assert (first.met_at, first.cancelled_at, ticket.first_responded_at) == (None, NOON + HOUR, None)
    assert Message.objects.get(purpose="resolution_notification").is_automatic


def test_a_new_severity_brings_its_own_hours(cast):
    saturday = datetime(2026, 11, 21, 12, tzinfo=UTC)
    with acting(by=cast.ada, channel="test"):
        hours = BusinessCalendar.objects.get(name="Business hours")
        SlaTarget.objects.filter(metric="resolution", severity="low").update(calendar=hours)
    ticket = make_ticket(cast.ana, severity="low", at=saturday)
    do(change_severity, ticket, severity="high", reason="x", by=cast.tom, at=saturday + HOUR)
    assert deadline(ticket, "resolution").due_at == saturday + 25 * HOUR


def test_the_tighter_promise_is_the_one_that_falls_due_first(cast):
    saturday = datetime(2026, 11, 21, 12, tzinfo=UTC)
    with acting(by=cast.ada, channel="test"):
        hours = BusinessCalendar.objects.get(name="Business hours")
        Channel.objects.filter(code="email_support").update(response_time=HOUR, calendar=hours)
    ticket = make_ticket(cast.ana, severity="high", at=saturday)
    assert deadline(ticket, "first_response").due_at == saturday + 2 * HOUR


def test_a_rolled_back_edit_of_the_guide_never_reaches_a_ticket(cast):
    with acting(by=cast.ada, channel="test"):
        with pytest.raises(RuntimeError), transaction.atomic():
            SlaTarget.objects.filter(metric="resolution").update(target=timedelta(minutes=1))
            make_ticket_within(cast)
            raise RuntimeError
        ticket = make_ticket_within(cast)
    assert deadline(ticket, "resolution").target == 72 * HOUR


def make_ticket_within(cast):
    from tickets.workflow.open import open_ticket

    return open_ticket(customer=cast.ana, subject="A", description="B", by=cast.ada, at=NOON)


def test_the_same_file_twice_at_once_is_stored_whole(committed_db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cast = hire_cast()
    replies = [make_ticket(cast.ana).replies.get() for _ in range(8)]
    failures = []

    def store(reply: Reply) -> None:
        try:
            for _ in range(5):
                with acting(by=cast.ana.user, channel="test"):
                    attach([Upload("a.txt", "text/plain", b"x" * 100_000)], reply=reply, by=cast.ana.user, at=NOON)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=store, args=[reply]) for reply in replies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    (stored,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert stored.stat().st_size == 100_000


def test_a_customer_does_not_choose_the_channel_and_with_it_a_tighter_promise(cast):
    with pytest.raises(Invalid, match="channel"):
        make_ticket(cast.ana, channel="in_app_chat")


def test_a_path_that_is_narrowed_by_severity_begins_and_ends_with_it(cast):
    with acting(by=cast.ada, channel="test"):
        EscalationPath.objects.filter(code="tier_1_to_2").update(severities=["medium"])
    ticket = make_ticket(cast.ana, severity="low")
    assert not ticket.deadlines.filter(kind="time_in_tier").exists()
    do(change_severity, ticket, severity="medium", reason="x", by=cast.tom, at=NOON + HOUR)
    assert deadline(ticket, "time_in_tier").due_at == NOON + 5 * HOUR
    do(change_severity, ticket, severity="low", reason="x", by=cast.tom, at=NOON + 2 * HOUR)
    assert deadline(ticket, "time_in_tier").cancelled_at == NOON + 2 * HOUR


@pytest.mark.parametrize("handoff", [{"\x00": "x"}, {"x": "\x00"}, {"x" * 300: "y"}, {str(n): "x" for n in range(30)}])
def test_handoff_items_are_checked_like_all_words(cast, handoff):
    with pytest.raises(Invalid):
        do(escalate_ticket, make_ticket(cast.ana), reason="x", trigger=TRIGGER, handoff=handoff, by=cast.tom, at=NOON)


def test_resuming_writes_only_the_deadlines_that_were_paused(cast):
    ticket = make_ticket(cast.ana)
    do(hold_ticket, ticket, reason="vendor", by=cast.tom, at=NOON)
    versions = type(deadline(ticket, "resolution")).history.filter(ticket=ticket.pk).count()
    do(resume_ticket, ticket, by=cast.tom, at=NOON + HOUR)
    assert type(deadline(ticket, "resolution")).history.filter(ticket=ticket.pk).count() == versions + 1
