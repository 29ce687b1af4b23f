"""Gates: one provider that is away, slow or asks for patience holds up nobody who waits elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from communications import outbox
from communications.channels import CHANNELS
from communications.channels.answer import Answer
from communications.gates import LONGEST_CLOSING, open_gate, pace_gates
from communications.lateness import late_work
from communications.models import Delivery, DeliveryState, Gate, Message, Outcome, Priority
from communications.outbox import claim, deliver
from tests.cast import hire_cast
from tests.communications.conftest import SOON, delivery_of, open_for
from tests.conftest import NOON

AWAY = Answer(Outcome.TEMPORARY, "no answer", is_away=True)
TAKEN = Answer(Outcome.DELIVERED, "ok", provider_id="m-1")
LATER = SOON + timedelta(seconds=6)  # longer than the first closing of a gate


class Provider:
    """A provider that answers by gate, and remembers what reached it; one line a kind leads here."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.took: list[tuple[str, int]] = []

    def deliver(self, delivery: Delivery) -> Answer:
        self.took.append((delivery.gate, delivery.pk))
        return self.answers.get(delivery.gate, TAKEN)

    def close(self) -> None:
        pass

    def tries(self) -> Counter[str]:
        found = Counter(gate for gate, _ in self.took)
        self.took.clear()
        return found


@pytest.fixture
def provider(monkeypatch) -> Provider:
    one = Provider()
    monkeypatch.setitem(CHANNELS, "email", lambda: one)
    return one


@pytest.fixture
def queue(greeted) -> Callable[..., list[int]]:
    """Deliveries of one message at the gates named, all due at noon."""
    message = delivery_of(greeted()).message
    Delivery.objects.all().delete()

    def some(*gates: str, priority: Priority = Priority.USUAL, at: datetime = NOON) -> list[int]:
        rows = Delivery.objects.bulk_create(
            Delivery(message=message, kind="email", gate=gate, address="x@example.com", priority=priority, due_at=at)
            for gate in gates
        )
        return [row.pk for row in rows]

    return some


def states(gate: str) -> dict[str, int]:
    return dict(Counter(Delivery.objects.filter(gate=gate).values_list("state", flat=True)))


def test_a_dead_endpoint_costs_one_try_and_the_others_go_on(provider, queue):
    provider.answers["webhook:1"] = AWAY
    queue(*["webhook:1"] * 50, *[f"webhook:{number}" for number in range(2, 52)])
    assert deliver(SOON) == {"temporary": 1, "delivered": 50}
    assert states("webhook:1") == {"held": 49, "queued": 1}
    gate = Gate.objects.get()
    assert (gate.key, gate.why, gate.closed_at is not None) == ("webhook:1", "no answer", True)


def test_one_probe_opens_a_gate_and_everything_held_leaves(provider, queue):
    provider.answers["webhook:1"] = AWAY
    queue(*["webhook:1"] * 5)
    deliver(SOON)
    assert deliver(SOON + timedelta(seconds=1)) == {}
    provider.answers.clear()
    assert deliver(LATER) == {"delivered": 4}
    assert not Gate.objects.exists()
    assert deliver(LATER + timedelta(minutes=1)) == {"delivered": 1}  # the first one waited for its own next try


def test_a_gate_rests_longer_with_each_failure_and_never_longer_than_it_may(provider, queue):
    provider.answers["webhook:1"] = AWAY
    queue(*["webhook:1"] * 12)
    at, rests = SOON, []
    for failures in range(1, 12):
        assert deliver(at) == {"temporary": 1}
        gate = Gate.objects.get()
        assert (gate.failures, gate.closed_at - SOON < timedelta(seconds=5)) == (failures, True)
        rests.append(gate.closed_until - at)
        at = gate.closed_until
    assert timedelta(seconds=3.7) < rests[0] < timedelta(seconds=6)
    assert rests[:4] == sorted(rests[:4])
    assert max(rests) <= LONGEST_CLOSING + timedelta(seconds=1)


def test_patience_that_a_provider_asks_for_closes_its_gate_until_then_and_no_other(provider, queue):
    provider.answers["slack:1"] = Answer(Outcome.TEMPORARY, "429", retry_after=timedelta(seconds=30))
    queue("slack:1", "slack:1", "slack:2")
    assert deliver(SOON) == {"temporary": 1, "delivered": 1}
    gate = Gate.objects.get()
    assert timedelta(seconds=30) <= gate.closed_until - SOON < timedelta(seconds=33)
    assert deliver(SOON + timedelta(seconds=29)) == {}
    provider.answers.clear()
    assert deliver(gate.closed_until) == {"delivered": 2}


def test_a_probe_that_ends_in_doubt_leaves_the_gate_closed(provider, queue):
    provider.answers["webhook:1"] = AWAY
    queue(*["webhook:1"] * 3)
    deliver(SOON)
    provider.answers["webhook:1"] = Answer(Outcome.UNKNOWN, "cut")
    assert deliver(LATER) == {"unknown": 1}
    assert Gate.objects.get().failures == 2


def test_an_answer_that_refuses_one_message_opens_the_gate_too(provider, queue):
    provider.answers["webhook:1"] = AWAY
    queue(*["webhook:1"] * 3)
    deliver(SOON)
    provider.answers["webhook:1"] = Answer(Outcome.PERMANENT, "404")
    assert deliver(LATER) == {"permanent": 2}


def test_a_worker_that_dies_with_the_probe_leaves_the_gate_to_the_next_after_a_lease(provider, queue):
    provider.answers["webhook:1"] = AWAY
    queue(*["webhook:1"] * 3)
    deliver(SOON)
    ((dead, _),) = claim(LATER, is_probing=True)
    assert claim(LATER, is_probing=True) == []
    Delivery.objects.filter(pk=dead).update(claimed_at=datetime(2100, 1, 1, tzinfo=NOON.tzinfo))  # not taken over yet
    assert len(claim(LATER + timedelta(minutes=3), is_probing=True)) == 1


def test_a_paced_gate_lets_one_through_a_second_in_order_and_keeps_its_pace_over_runs(provider, queue):
    pace_gates({"slack:1": timedelta(seconds=1)}, at=NOON)
    rows = queue(*["slack:1"] * 3, "slack:2", "slack:2")
    assert deliver(SOON) == {"delivered": 3}
    assert provider.tries() == {"slack:1": 1, "slack:2": 2}
    assert deliver(SOON + timedelta(milliseconds=900)) == {}
    deliver(SOON + timedelta(seconds=3))
    deliver(SOON + timedelta(seconds=6))
    assert [pk for _, pk in provider.took] == rows[1:3]
    assert Gate.objects.get().is_closed is False


def test_a_paced_gate_that_was_closed_goes_on_at_its_pace(provider, queue):
    pace_gates({"slack:1": timedelta(seconds=1)}, at=NOON)
    provider.answers["slack:1"] = Answer(Outcome.TEMPORARY, "429", retry_after=timedelta(seconds=10))
    queue(*["slack:1"] * 4)
    assert deliver(SOON) == {"temporary": 1}
    provider.answers.clear()
    at = SOON + timedelta(seconds=15)
    for _ in range(4):
        assert deliver(at) == {"delivered": 1}
        at += timedelta(seconds=3)
    assert Gate.objects.get().pace == timedelta(seconds=1)


def test_an_urgent_one_overtakes_ten_thousand_that_wait_longer(provider, queue):
    queue(*["email"] * 10_000, priority=Priority.WHEN_THERE_IS_TIME, at=NOON - timedelta(hours=1))
    (usual,) = queue("email")
    (urgent,) = queue("email", priority=Priority.URGENT, at=NOON + timedelta(seconds=1))
    assert [claim(SOON)[0][0] for _ in range(2)] == [urgent, usual]


def test_an_urgent_one_that_is_held_passes_first(provider, queue):
    provider.answers["webhook:1"] = AWAY
    queue(*["webhook:1"] * 3)
    deliver(SOON)
    (urgent,) = queue("webhook:1", priority=Priority.URGENT)
    assert deliver(SOON + timedelta(seconds=1)) == {}
    ((first, _),) = claim(LATER, is_probing=True)
    assert first == urgent


def test_a_backlog_at_a_closed_gate_is_walked_once_not_at_each_claim(provider, queue):
    provider.answers["webhook:1"] = AWAY
    queue(*["webhook:1"] * 3000)
    assert deliver(SOON) == {"temporary": 1}
    queue("webhook:2")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM communications_delivery WHERE state = 'queued' AND due_at <= %s", [SOON])
        assert cursor.fetchone() == (1,)
    assert deliver(SOON + timedelta(seconds=1)) == {"delivered": 1}


def test_more_than_a_thousand_held_are_given_back_whole(provider, queue, monkeypatch):
    provider.answers["webhook:1"] = AWAY
    queue(*["webhook:1"] * 2500)
    deliver(SOON)
    open_gate("webhook:1", at=SOON)
    monkeypatch.setattr(outbox, "ABANDONED_AFTER", timedelta(hours=1))
    assert len([one for _ in range(4) for one in claim(SOON, batch=1000)]) == 2499
    assert not Gate.objects.exists()


class TheQueue(TestCase):
    """Whatever is due and wherever it waits: order, nothing lost, nothing through a closed gate."""

    def setUp(self) -> None:
        self.message = Message.objects.get(about_id=open_for(hire_cast()).pk)
        Delivery.objects.all().delete()

    @settings(max_examples=60, deadline=None)
    @given(
        rows=st.lists(
            st.tuples(st.integers(0, 2), st.integers(-5, 5), st.sampled_from(["", "email", "a:1", "b:2"])), max_size=25
        ),
        closed=st.sets(st.sampled_from(["email", "a:1", "b:2"])),
        paced=st.sets(st.sampled_from(["a:1", "b:2"])),
        batch=st.integers(1, 7),
    )
    def test_what_is_claimed_is_due_in_order_and_behind_no_closed_gate(self, rows, closed, paced, batch):
        Delivery.objects.all().delete()
        Gate.objects.all().delete()
        Gate.objects.bulk_create(
            Gate(
                key=key,
                closed_at=NOON if key in closed else None,
                closed_until=NOON + timedelta(hours=1) if key in closed else NOON,
                pace=timedelta(seconds=1) if key in paced else None,
            )
            for key in closed | paced
        )
        made = Delivery.objects.bulk_create(
            Delivery(
                message=self.message, kind="email", gate=gate, address="x", priority=priority,
                due_at=NOON + timedelta(seconds=due),
            )
            for priority, due, gate in rows
        )  # fmt: skip
        claimed: list[int] = []
        while taken := claim(NOON, batch=batch):
            claimed += [pk for pk, _ in taken]
        due = [row for row in made if row.due_at <= NOON]
        free = [row for row in due if row.gate not in closed | paced]
        free.sort(key=lambda row: (row.priority, row.due_at, row.pk))
        passed = {key: [row for row in due if row.gate == key] for key in paced - closed}
        expected = {row.pk for row in free} | {
            min(waiting, key=lambda row: (row.priority, row.due_at, row.pk)).pk
            for waiting in passed.values()
            if waiting
        }
        assert len(claimed) == len(set(claimed))
        assert set(claimed) == expected
        if batch == 1:
            assert [pk for pk in claimed if pk in {row.pk for row in free}] == [row.pk for row in free]
        left = Counter(Delivery.objects.exclude(pk__in=claimed).values_list("state", flat=True))
        assert left[DeliveryState.QUEUED] == len(made) - len(due)
        assert left[DeliveryState.HELD] == len(due) - len(claimed)


def test_a_place_is_served_one_at_a_time_and_keeps_one_worker_waiting_not_two(provider, queue):
    pace_gates({"webhook:1": timedelta()}, at=NOON)
    first, second = queue("webhook:1", "webhook:1")
    ((taken, attempt),) = claim(SOON)
    assert (taken, attempt) == (first, 1)
    assert claim(SOON) == claim(SOON + timedelta(seconds=30)) == []  # another worker comes by, while the first asks
    assert claim(SOON + timedelta(minutes=3)) == [(second, 1)]  # its lease ran out: nobody waits for the dead


def test_a_place_goes_on_as_soon_as_the_answer_is_there(provider, queue):
    pace_gates({"webhook:1": timedelta()}, at=NOON)
    queue(*["webhook:1"] * 20)
    assert deliver(SOON) == {"delivered": 20}


def test_a_slow_place_lets_whatever_is_more_urgent_go_first(provider, queue):
    """However long it takes to answer: between two of its own, the others leave."""
    pace_gates({"webhook:1": timedelta()}, at=NOON)
    queue("webhook:1", "webhook:1", priority=Priority.WHEN_THERE_IS_TIME)
    deliver_one = next(iter(queue("email", priority=Priority.USUAL)))
    assert claim(SOON) == [(deliver_one, 1)]
    Delivery.objects.filter(pk=deliver_one).update(state=DeliveryState.DELIVERED)
    first, second = Delivery.objects.filter(gate="webhook:1").values_list("pk", flat=True).order_by("pk")
    assert claim(SOON) == [(first, 1)]  # and the second one is held now
    usual, urgent = queue("email", priority=Priority.USUAL), queue("email", priority=Priority.URGENT)
    Gate.objects.update(closed_until=NOON)  # its answer came
    assert [claim(SOON)[0][0] for _ in range(3)] == [*urgent, *usual, second]


def test_an_urgent_one_at_a_place_is_found_among_places_where_only_others_wait(provider, queue):
    pace_gates({f"webhook:{number}": timedelta() for number in range(30)}, at=NOON)
    queue(*[f"webhook:{number}" for number in range(30)] * 2, priority=Priority.WHEN_THERE_IS_TIME)
    urgent = queue("webhook:29", priority=Priority.URGENT)
    queue("email", priority=Priority.USUAL)
    assert claim(SOON)[0][0] == urgent[0]
    Delivery.objects.filter(pk=urgent[0]).update(state=DeliveryState.HELD)
    Delivery.objects.filter(priority=Priority.WHEN_THERE_IS_TIME).update(state=DeliveryState.HELD)
    Gate.objects.update(closed_until=NOON, is_waited_at=True)
    assert claim(SOON)[0][0] == urgent[0]


def test_a_worker_that_dies_before_it_told_the_gate_costs_its_place_a_second_and_no_lease(provider, queue):
    pace_gates({"webhook:1": timedelta()}, at=NOON)
    first, second = queue("webhook:1", "webhook:1")
    assert claim(SOON) == [(first, 1)]
    later = SOON + timedelta(seconds=1)
    assert claim(later) == []  # it is still being sent
    Delivery.objects.filter(pk=first).update(state=DeliveryState.DELIVERED)
    assert claim(SOON + timedelta(seconds=0.5)) == []  # its worker is about to tell
    assert claim(later) == [(second, 1)]


def test_a_pace_is_kept_whoever_died(provider, queue):
    pace_gates({"slack:1": timedelta(seconds=3)}, at=NOON)
    first, second = queue("slack:1", "slack:1")
    assert claim(SOON) == [(first, 1)]
    Delivery.objects.filter(pk=first).update(state=DeliveryState.DELIVERED)
    assert claim(SOON + timedelta(seconds=2)) == []
    assert claim(SOON + timedelta(seconds=3)) == [(second, 1)]


def test_what_an_opened_gate_gives_back_is_due_from_then_on_and_not_late(provider, queue):
    provider.answers["email"] = AWAY
    queue(*["email"] * 3)
    deliver(NOON)
    back = NOON + timedelta(hours=2)
    open_gate("email", at=back)
    (first, _), *_ = claim(back)
    waiting = Delivery.objects.exclude(pk=first)
    assert {one.state for one in waiting} == {DeliveryState.QUEUED}
    assert {one.due_at for one in waiting} == {back}
    assert late_work(back) == []
