"""deliver: what the mail server answers decides what becomes of a message."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models.signals import post_save

from communications import outbox
from communications.channels import CHANNELS
from communications.channels.answer import Answer
from communications.models import Delivery, DeliveryAttempt, DeliveryState, Gate, Message, Outcome
from communications.outbox import deliver
from communications.workflow.redrive import redrive_delivery
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, NotAllowed
from tests.communications.conftest import SOON, delivery_of, outcomes_of
from tests.conftest import NOON
from tests.sinks.smtp import Stage, drop, hang, refuse
from tickets.models import Reply, TicketDeadline
from tickets.workflow.reply import reply_to_ticket

FOUR_DAYS = timedelta(days=4)


def test_a_message_is_delivered_once_with_the_message_id_it_was_written_with(sink, greeted):
    ticket = greeted()
    message = Message.objects.get(about_id=ticket.pk)
    assert deliver(SOON) == {"delivered": 1}
    assert deliver(SOON) == {}
    (mail,) = sink.mails
    assert mail.parsed["Message-ID"] == message.message_id
    assert (mail.sender, mail.recipients) == ("", ["ben@example.com"])  # nobody answers an acknowledgement
    delivery = delivery_of(ticket)
    assert (delivery.state, delivery.attempts, delivery.settled_at) == (DeliveryState.DELIVERED, 1, SOON)
    (attempt,) = delivery.attempt_log.all()
    assert attempt.answer == "250 2.0.0 Taken"
    assert timedelta() < attempt.took < timedelta(seconds=5)


def test_nothing_leaves_before_it_is_due(sink, greeted):
    greeted()
    assert deliver(NOON - timedelta(microseconds=1)) == {}
    assert sink.mails == []


def test_a_server_that_asks_for_patience_three_times_gets_the_message_once(sink, greeted):
    sink.then(*[refuse("450 4.2.0 Greylisted, come again")] * 3)
    delivery = delivery_of(greeted())
    at, waits = SOON, []
    for _ in range(4):
        deliver(at)
        delivery.refresh_from_db()
        waits.append(delivery.due_at - at)
        at = delivery.due_at
    assert outcomes_of(delivery) == ["temporary"] * 3 + ["delivered"]
    assert len(sink.mails) == 1
    for tries, wait in enumerate(waits[:3]):
        assert timedelta(minutes=2**tries) / 2 <= wait <= timedelta(minutes=2**tries)
    assert delivery.last_error == ""


def test_a_refusal_for_good_is_tried_once_shown_on_the_ticket_and_leaves_its_promises_alone(sink, greeted):
    sink.then(refuse("550 5.1.1 No such user"))
    ticket = greeted()
    promises = list(TicketDeadline.objects.filter(ticket=ticket).order_by("id").values())
    assert deliver(SOON) == {"permanent": 1}
    assert deliver(SOON + FOUR_DAYS) == {}
    delivery = delivery_of(ticket)
    assert (delivery.state, delivery.attempts, sink.tried) == (DeliveryState.DEAD, 1, 1)
    (note,) = Reply.objects.filter(ticket=ticket, is_internal=True)
    assert "ben@example.com" in note.body
    assert "550 5.1.1 No such user" in note.body
    assert note.author.email.startswith("outbox")
    assert list(TicketDeadline.objects.filter(ticket=ticket).order_by("id").values()) == promises


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (refuse("550 5.7.1 Not you", Stage.DATA), "permanent"),
        (refuse("451 4.3.0 Not now", Stage.DATA), "temporary"),
        (refuse("554 5.6.0 Smells of spam", Stage.READ), "permanent"),
        (refuse("452 4.3.1 Disk full", Stage.READ), "temporary"),
        (refuse("421 4.3.2 Going down", Stage.READ), "temporary"),
        (refuse("530 5.7.0 Log in first"), "temporary"),
        (hang(Stage.RECIPIENT), "temporary"),
        (hang(Stage.DATA), "temporary"),
        (drop(Stage.RECIPIENT), "temporary"),
        (drop(Stage.DATA), "temporary"),
        (hang(Stage.READ), "unknown"),
        (drop(Stage.READ), "unknown"),
        (drop(Stage.TAKEN), "unknown"),
        (refuse("What?", Stage.TAKEN), "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.reply or ('drop' if value.drops else 'hang')}",
)
def test_each_fault_gets_the_outcome_that_can_neither_lose_nor_repeat_words_for_nothing(sink, greeted, fault, outcome):
    sink.then(fault)
    delivery = delivery_of(greeted())
    assert deliver(SOON) == {outcome: 1}
    delivery.refresh_from_db()
    assert delivery.state == (DeliveryState.DEAD if outcome == "permanent" else DeliveryState.QUEUED)
    if outcome != "permanent":
        deliver(delivery.due_at)
        assert len({mail.parsed["Message-ID"] for mail in sink.mails}) == 1


def test_a_server_that_hangs_after_the_words_leaves_doubt_and_gets_them_exactly_once_more(sink, greeted):
    sink.then(hang(Stage.TAKEN), hang(Stage.TAKEN))
    ticket = greeted()
    assert deliver(SOON) == {"unknown": 1}
    delivery = delivery_of(ticket)
    assert (delivery.state, delivery.due_at) == (DeliveryState.QUEUED, SOON + timedelta(minutes=10))
    assert deliver(delivery.due_at - timedelta(seconds=1)) == {}
    assert deliver(delivery.due_at) == {"unknown": 1}
    assert deliver(delivery.due_at + FOUR_DAYS) == {}
    first, second = sink.mails
    assert first.content == second.content
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DEAD
    assert Reply.objects.filter(ticket=ticket, is_internal=True, body__contains="initial_response").count() == 1


def test_a_doubt_that_the_second_try_settles_is_delivered(sink, greeted):
    sink.then(hang(Stage.TAKEN))
    delivery = delivery_of(greeted())
    deliver(SOON)
    assert deliver(SOON + timedelta(minutes=10)) == {"delivered": 1}
    assert outcomes_of(delivery) == ["unknown", "delivered"]


def test_a_server_that_is_away_is_asked_again_with_growing_pauses_that_differ(settings, greeted):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    deliveries = [delivery_of(greeted()) for _ in range(3)]
    at = SOON
    for _ in deliveries:  # one a closing: the others wait at the gate for the next
        assert deliver(at) == {"temporary": 1}
        assert deliver(at) == {}
        at = Gate.objects.get(key="email").closed_until
    waits = []
    for delivery in deliveries:
        delivery.refresh_from_db()
        assert "Refused" in delivery.last_error
        waits.append(delivery.due_at - delivery.attempt_log.get().started_at)
    assert len(set(waits)) == 3


def test_a_server_that_is_away_costs_one_try_a_closing_however_much_is_due(settings, greeted):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    deliveries = [delivery_of(greeted()) for _ in range(5)]
    assert deliver(SOON) == {"temporary": 1}
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]
    assert outcomes_of(deliveries[0]) == ["temporary"]


def test_the_pauses_grow_to_four_hours_and_after_four_days_the_message_is_given_up(settings, greeted):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    ticket = greeted()
    delivery = delivery_of(ticket)
    at = SOON
    waits = []
    while delivery.state == DeliveryState.QUEUED:
        deliver(at)
        delivery.refresh_from_db()
        waits.append(delivery.due_at - at)
        at = delivery.due_at
    assert max(waits) <= timedelta(hours=4)
    assert timedelta(hours=2) <= min(waits[9:-1])
    assert FOUR_DAYS < delivery.settled_at - NOON <= FOUR_DAYS + timedelta(hours=4)
    assert 24 + 8 <= delivery.attempts <= 48 + 10
    assert Reply.objects.filter(ticket=ticket, is_internal=True).count() == 1


def test_a_provider_s_own_wish_when_to_come_again_is_honoured(greeted, monkeypatch):
    answers = [
        Answer(Outcome.TEMPORARY, "429", retry_after=timedelta(minutes=37)),
        Answer(Outcome.TEMPORARY, "429", retry_after=timedelta(days=30)),
        Answer(Outcome.DELIVERED, "200"),
    ]
    monkeypatch.setitem(CHANNELS, "email", lambda: ScriptedLine(answers))
    delivery = delivery_of(greeted())
    deliver(SOON)
    delivery.refresh_from_db()
    assert delivery.due_at == SOON + timedelta(minutes=37)
    later = delivery.due_at + timedelta(seconds=1)  # the wish counts from the answer, which took its time
    deliver(later)
    delivery.refresh_from_db()
    assert delivery.due_at == later + FOUR_DAYS  # longer than any message is worth
    assert deliver(delivery.due_at + timedelta(seconds=1)) == {"delivered": 1}


def test_a_message_that_nothing_can_send_is_parked_and_the_next_ones_go_on(sink, greeted):
    poison = [delivery_of(greeted()) for _ in range(3)]
    Delivery.objects.filter(pk__in=[one.pk for one in poison]).update(address="ben@example.com@example.com")
    good = [delivery_of(greeted()) for _ in range(10)]
    assert deliver(SOON) == {"permanent": 3, "delivered": 10}
    assert len(sink.mails) == len(good)
    for delivery in poison:
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts) == (DeliveryState.DEAD, 1)
        assert "parked: ValueError" in delivery.last_error


def test_an_outcome_that_cannot_be_written_keeps_nobody_waiting_and_is_parked_in_the_end(sink, greeted, monkeypatch):
    sick = delivery_of(greeted())
    monkeypatch.setattr(outbox, "ABANDONED_AFTER", timedelta())
    monkeypatch.setitem(CHANNELS, "email", lambda: BreaksTheTransaction(sick.pk))
    well = [delivery_of(greeted()) for _ in range(3)]
    assert deliver(SOON) == Counter(unwritten=5, delivered=3, permanent=1)
    sick.refresh_from_db()
    assert (sick.state, sick.attempts) == (DeliveryState.DEAD, 6)
    assert "5 tries in a row" in sick.last_error
    assert all(outcomes_of(one) == ["delivered"] for one in well)


def test_a_subject_that_cannot_hear_of_a_failure_does_not_make_the_message_leave_again(sink, greeted, caplog):
    sink.then(refuse("550 5.1.1 No such user"))
    ticket = greeted()
    Message.objects.get(about_id=ticket.pk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tickets.handlers.note_ticket", _cannot)
        assert deliver(SOON) == {"permanent": 1}
    assert delivery_of(ticket).state == DeliveryState.DEAD
    assert "could not be told" in caplog.text
    caplog.clear()
    assert deliver(SOON) == {}


def test_what_was_given_up_leaves_again_by_hand_with_the_same_message_id_and_the_reason_on_record(sink, greeted, cast):
    sink.then(refuse("550 5.1.1 No such user"))
    ticket = greeted()
    delivery = delivery_of(ticket)
    deliver(SOON)
    later = SOON + timedelta(days=9)
    with acting(by=cast.tom, channel="test"):
        redrive_delivery(delivery_of(ticket), reason="Ben mended his mailbox", by=cast.tom, at=later)
    assert deliver(later) == {"delivered": 1}
    assert outcomes_of(delivery) == ["permanent", "redriven", "delivered"]
    redriven = delivery.attempt_log.get(outcome=Outcome.REDRIVEN)
    assert "tom@financy.example" in redriven.answer
    assert "Ben mended his mailbox" in redriven.answer
    (mail,) = sink.mails
    assert mail.parsed["Message-ID"] == Message.objects.get(about_id=ticket.pk).message_id


def test_a_redrive_counts_days_doubts_and_pauses_anew(sink, greeted, cast):
    sink.then(hang(Stage.TAKEN), hang(Stage.TAKEN), refuse("450 4.2.0 Busy"), hang(Stage.TAKEN))
    delivery = delivery_of(greeted())
    deliver(SOON)
    deliver(SOON + timedelta(minutes=10))
    later = SOON + timedelta(days=9)
    delivery.refresh_from_db()
    with acting(by=cast.tom, channel="test"):
        redrive_delivery(delivery, reason="the server was mended", by=cast.tom, at=later)
    deliver(later)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.QUEUED
    assert delivery.due_at - later <= timedelta(minutes=1)
    assert deliver(delivery.due_at) == {"unknown": 1}
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.QUEUED


def test_a_parked_message_is_really_tried_again_when_it_is_redriven(sink, greeted, cast):
    delivery = delivery_of(greeted())
    Delivery.objects.filter(pk=delivery.pk).update(attempts=5)
    assert deliver(SOON) == {"permanent": 1}
    delivery.refresh_from_db()
    assert "parked" in delivery.last_error
    assert sink.tried == 0
    with acting(by=cast.tom, channel="test"):
        redrive_delivery(delivery, reason="the defect was mended", by=cast.tom, at=SOON)
    assert deliver(SOON) == {"delivered": 1}


def test_only_agents_redrive_and_only_what_was_given_up(sink, greeted, cast):
    delivery = delivery_of(greeted())
    with acting(by=cast.tom, channel="test"), pytest.raises(Conflict):
        redrive_delivery(delivery, reason="impatient", by=cast.tom, at=SOON)
    sink.then(refuse("550 5.1.1 No such user"))
    deliver(SOON)
    with acting(by=cast.ben.user, channel="test"), pytest.raises(NotAllowed):
        redrive_delivery(delivery, reason="mine", by=cast.ben.user, at=SOON)


def test_one_connection_carries_all_mails_of_a_run_and_each_run_has_its_own(sink, greeted):
    for _ in range(4):
        greeted()
    assert deliver(SOON) == {"delivered": 4}
    assert (len(sink.mails), len(sink.lines)) == (4, 1)
    greeted()
    deliver(SOON)
    assert len(sink.lines) == 2


def test_a_connection_that_breaks_between_two_mails_neither_loses_nor_doubles_one(sink, greeted):
    deliveries = [delivery_of(greeted(subject=f"Question {number}")) for number in range(6)]
    sink.then(None, refuse("550 5.1.1 No such user"), None, drop(Stage.RECIPIENT), None, None)
    assert deliver(SOON) == {"delivered": 4, "permanent": 1, "temporary": 1}
    assert deliver(SOON + timedelta(minutes=1)) == {"delivered": 1}
    ids = [mail.parsed["Message-ID"] for mail in sink.mails]
    assert len(ids) == len(set(ids)) == len(deliveries) - 1


def test_a_connection_cut_by_the_server_while_idle_is_opened_anew(sink, greeted):
    deliveries = [delivery_of(greeted()) for _ in range(3)]
    post_save.connect(_cut := lambda **_: sink.cut(), sender=DeliveryAttempt)
    try:
        assert deliver(SOON) == {"delivered": 3}
    finally:
        post_save.disconnect(_cut, sender=DeliveryAttempt)
    assert [outcomes_of(one) for one in deliveries] == [["delivered"]] * 3
    assert len(sink.lines) == 3


def test_a_run_with_a_limit_stops_in_time_and_the_next_one_goes_on(sink, greeted):
    sink.delay = 0.1
    for _ in range(6):
        greeted()
    first = deliver(SOON, within=timedelta(seconds=0.25))
    assert 1 <= first["delivered"] < 6
    assert deliver(SOON)["delivered"] == 6 - first["delivered"]


def test_an_agent_s_own_words_leave_without_the_marks_of_a_robot(sink, greeted, cast):
    ticket = greeted()
    with acting(by=cast.tom, channel="test"):
        reply_to_ticket(ticket, body="I have sent you a new card.", by=cast.tom, at=NOON)
    deliver(SOON)
    automatic, personal = (mail.parsed for mail in sink.mails)
    assert automatic["Auto-Submitted"].startswith("auto-")
    assert automatic["X-Auto-Response-Suppress"] == "All"
    assert not {"Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "X-Financy-Loop"} & set(personal.keys())
    assert "I have sent you a new card." in personal.get_content()


class ScriptedLine:
    """A provider of another kind, by its answers."""

    def __init__(self, answers: list[Answer]) -> None:
        self._answers = answers

    def deliver(self, delivery: Delivery) -> Answer:
        return self._answers.pop(0)

    def close(self) -> None:
        pass


class BreaksTheTransaction(ScriptedLine):
    """A channel that leaves the database's transaction in ruins for one delivery."""

    def __init__(self, sick: int) -> None:
        super().__init__([])
        self._sick = sick

    def deliver(self, delivery: Delivery) -> Answer:
        if delivery.pk == self._sick:
            list(Message.objects.raw("SELECT 1 / 0 AS id"))
        return Answer(Outcome.DELIVERED, "200")


def _cannot(*_: object, **__: object) -> None:
    raise RuntimeError("the note cannot be written")
