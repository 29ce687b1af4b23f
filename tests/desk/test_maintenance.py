"""erase_customer and expire_history: the owner's two functions, and nobody else's."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from datetime import timedelta
from io import StringIO

import psycopg
import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from communications.channels.answer import Answer
from communications.models import Delivery, DeliveryState, Message, Outcome
from communications.outbox import _send_one, claim
from communications.workflow.redrive import redrive_delivery
from financy_support.api.models import IdempotencyKey
from financy_support.desk.audit.acting import acting
from financy_support.desk.audit.maintenance import OWNER, MaintenanceRecord, erase_customer, expire_history
from financy_support.desk.audit.triggers import audited_models, history_model_of
from financy_support.desk.errors import Conflict, Invalid, NoActor, NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import SystemActor, User, system_actor
from tests.api.conftest import client_with, issue
from tests.cast import hire_cast
from tests.conftest import NOON
from tests.make import deadline, do, make_ticket, sweep_at
from tickets.files import UNNAMED_FOR, Upload, remove_unnamed
from tickets.messages import greet
from tickets.models import Attachment, Reply, Ticket
from tickets.workflow.change_severity import change_severity
from tickets.workflow.note import note_ticket
from tickets.workflow.open import open_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket
from tickets.workflow.say_in_chat import say_in_chat
from tickets.workflow.start_chat import start_visitor_chat

CANARY = "kanarienvogel"


@pytest.fixture
def people(committed_db):
    """The cast, committed: the owner's log-in sees only what is."""
    return hire_cast()


@pytest.fixture
def told(people, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with_canary = {"subject": f"{CANARY} subject", "description": f"My {CANARY}"}
    upload = Upload(f"{CANARY}.txt", "text/plain", CANARY.encode())
    ticket = make_ticket(people.ana, uploads=[upload], **with_canary)
    do(change_severity, ticket, severity="low", reason=f"because {CANARY}", by=people.tom, at=NOON)
    do(reply_to_ticket, ticket, body=f"Your {CANARY}", by=people.tom, at=NOON)
    do(note_ticket, ticket, body=f"note {CANARY}", by=people.tom, at=NOON)
    sweep_at(NOON + timedelta(hours=4))
    with acting(by=people.ada, channel="test"):
        ticket.deadlines.update(last_error=f"ValueError: {CANARY}")
    chat_as_visitor(CANARY, "Ana@example.com")
    words = {"summary": CANARY, "actions_taken": CANARY, "prevention_measures": CANARY, "follow_up": CANARY}
    do(resolve_ticket, ticket, by=people.tina, at=NOON, **words)
    return ticket


def chat_as_visitor(name: str, email: str) -> None:
    public = system_actor(SystemActor.PUBLIC)
    with acting(by=public, channel="test"):
        visitor = start_visitor_chat(name=name, email=email, by=public, at=NOON).person
    with acting(by=visitor, channel="test"):
        say_in_chat(body=f"{CANARY} by chat", by=visitor, at=NOON)


def erase(customer: Customer, *, by: User, reason: str = "asked by letter") -> int:
    with acting(by=by, channel="test", reason=reason, using=OWNER) as act:
        return erase_customer(customer, reason=reason, by=by, at=act.at)


def expire(*, days: int, by: User, reason: str = "retention") -> int:
    with acting(by=by, channel="test", reason=reason, using=OWNER) as act:
        return expire_history(before=act.at - timedelta(days=days), reason=reason, by=by, at=act.at)


def everything_said():
    """Every text of every table, as somebody with a dump would read it; stored bytes as text."""
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table
            read = "encode(body, 'escape') || t::text" if model is IdempotencyKey else "t::text"
            cursor.execute(f"SELECT coalesce(string_agg({read}, E'\\n'), '') FROM \"{table}\" t")
            yield table, cursor.fetchone()[0]


def test_nothing_personal_is_left_in_any_table_or_file_and_the_facts_stay(people, told, tmp_path):
    typed_at_the_log_in("Ana@Example.com")
    logged_in_the_admin(told, people.ana, people.ana.user, by=people.ada)
    ask_by_the_api(people, told)
    told.refresh_from_db()
    versions = Ticket.history.filter(id=told.pk).count()
    erase(people.ana, by=people.ada)
    left = {
        table: word for table, text in everything_said() for word in (CANARY, "ana@example.com") if word in text.lower()
    }
    assert left == {}
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    ticket = Ticket.objects.get(pk=told.pk)
    assert (ticket.subject, ticket.deadlines.count()) == ("[erased]", told.deadlines.count())
    assert (ticket.created_at, ticket.cycle) == (told.created_at, 2)
    assert Ticket.history.filter(id=told.pk).count() == versions + 2  # erased, closed
    record = MaintenanceRecord.objects.get()
    assert (record.kind, record.reason, record.by, record.customer) == (
        "erase", "asked by letter", people.ada, people.ana,
    )  # fmt: skip
    assert not Customer.objects.get(pk=people.ana.pk).user.is_active


def test_only_what_is_theirs_is_erased(people, told):
    other = make_ticket(people.ben, subject="mine", description="my own")
    erase(people.ana, by=people.ada)
    other.refresh_from_db()
    assert (other.subject, other.is_live) == ("mine", True)
    assert other.replies.get().body == "my own"
    assert Message.objects.get(customer=people.ben).body != "[erased]"
    assert Delivery.objects.get(message__customer=people.ben).state == "queued"


def test_a_retry_after_the_erasure_does_nothing_again_and_tells_nothing(people):
    client = client_with(issue(people.monitor, ["tickets:read", "tickets:write", "customers:read"])[0])
    asked = {"customer": "ana@example.com", "subject": CANARY, "description": CANARY}
    send = lambda: client.post("/api/v1/tickets/", asked, headers={"Idempotency-Key": "k"})  # noqa: E731
    assert send().status_code == 201
    erase(people.ana, by=people.ada)
    again = send()
    assert (again.status_code, again["Idempotency-Replayed"], again.json()) == (201, "true", {"erased": True})
    assert Ticket.objects.count() == 1


def test_live_tickets_of_an_erased_customer_end_and_nothing_more_is_sent(people, told):
    live = make_ticket(people.ana)
    erase(people.ana, by=people.ada)
    for ticket in (live, told):
        ticket.refresh_from_db()
        assert (ticket.status, ticket.next_due_at, ticket.next_due_kind) == ("closed", None, "")
    promise = deadline(live, "resolution")
    assert (promise.cancel_reason, promise.next_look_at) == ("customer erased", None)
    said, sent = Message.objects.count(), Delivery.objects.count()
    sweep_at(NOON + timedelta(days=30))
    assert (Message.objects.count(), Delivery.objects.count()) == (said, sent)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"dead"}


def test_words_to_an_erased_customer_are_kept_and_go_nowhere(people):
    ticket = make_ticket(people.ana)
    erase(people.ana, by=people.ada)
    before = Delivery.objects.count()
    with acting(by=people.tom, channel="test"):
        message = greet(Ticket.objects.get(pk=ticket.pk), promised=timedelta(hours=1), by=people.tom, at=NOON)
    assert message.pk and not message.deliveries.exists()
    assert Delivery.objects.count() == before


def test_what_was_given_up_on_an_erased_customer_is_not_sent_again(people):
    make_ticket(people.ana)
    erase(people.ana, by=people.ada)
    with acting(by=people.ada, channel="test"), pytest.raises(Conflict, match="was erased"):
        redrive_delivery(Delivery.objects.get(), reason="x", by=people.ada, at=NOON)


def test_a_file_that_another_customer_shares_stays(people, told, tmp_path):
    make_ticket(people.ben, uploads=[Upload("b.txt", "text/plain", CANARY.encode())])
    erase(people.ana, by=people.ada)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_files_left_by_an_erasure_that_was_cut_are_tidied_away_and_shared_ones_stay(people, told, tmp_path):
    shared = Upload("both.txt", "text/plain", b"shared")
    make_ticket(people.ana, uploads=[shared])
    make_ticket(people.ben, uploads=[shared])
    files = sorted(tmp_path.rglob("*/*/*"))
    cut = {file: file.read_bytes() for file in files}
    erase(people.ana, by=people.ada)
    for file, content in cut.items():  # as if the process had died before it removed them
        file.write_bytes(content)
    assert remove_unnamed(timezone.now()) == 0
    assert remove_unnamed(timezone.now() + UNNAMED_FOR) == len(cut) - 1 > 0
    (left,) = (file for file in files if file.exists())
    assert left.read_bytes() == b"shared"


def test_a_file_handed_in_again_is_young_again_and_what_no_row_names_goes(people, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    upload = Upload("a.txt", "text/plain", b"words")
    with suppress(ZeroDivisionError), transaction.atomic():
        make_ticket(people.ana, uploads=[upload])
        raise ZeroDivisionError
    (file,) = tmp_path.glob("*/*/*")
    (file.parent / "tmp_unfinished").write_bytes(b"half")
    (tmp_path / "of somebody else").write_bytes(b"x")
    long_ago = time.time() - 2 * UNNAMED_FOR.total_seconds()
    for one in tmp_path.rglob("*"):
        os.utime(one, (long_ago, long_ago))
    with transaction.atomic():
        make_ticket(people.ana, uploads=[upload])
        assert Apart.result_of(lambda: remove_unnamed(timezone.now())) == 1
    assert file.exists()
    assert (tmp_path / "of somebody else").exists()
    assert not (file.parent / "tmp_unfinished").exists()


def test_a_file_of_an_erased_customer_is_answered_like_a_missing_one(people, told):
    file = Attachment.objects.get()
    erase(people.ana, by=people.ada)
    answer = client_with(issue(people.ada)[0]).get(f"/api/v1/tickets/{told.reference}/attachments/{file.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_who_may_and_when(people, told):
    with pytest.raises(NotAllowed, match="Only administrators"):
        erase(people.ana, by=people.tom)
    with pytest.raises(NotAllowed, match="Only administrators"):
        expire(days=400, by=people.tom)
    with pytest.raises(Invalid, match="Say why") as unsaid:
        erase(people.ana, by=people.ada, reason=" ")
    assert unsaid.value.problems[0].field == "reason"
    with pytest.raises(Invalid, match="365 days"):
        expire(days=364, by=people.ada)
    hold(people.ana, by=people.ada)
    with pytest.raises(Conflict, match="Ana is under legal hold"):
        erase(people.ana, by=people.ada)
    assert not MaintenanceRecord.objects.exists()
    erase(people.ben, by=people.ada)
    with pytest.raises(Conflict, match="erased"):
        erase(people.ben, by=people.ada)


def test_the_web_and_the_workers_cannot_erase_or_expire(people):
    with acting(by=people.ada, channel="test") as act, pytest.raises(NoActor, match="owner"):
        erase_customer(people.ana, reason="x", by=people.ada, at=act.at)
    for call in (
        f"SELECT desk_erase_customer({people.ana.pk}, 'x')",
        "SELECT desk_expire_history(now() - interval '2 years', 'x')",
    ):
        with acting(by=people.ada, channel="test"), pytest.raises(ProgrammingError, match="permission denied"):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(call)


def test_without_the_owners_log_in_the_command_says_what_it_needs(people, monkeypatch):
    runtime = connections["default"].settings_dict
    monkeypatch.setitem(connections[OWNER].settings_dict, "USER", runtime["USER"])
    monkeypatch.setitem(connections[OWNER].settings_dict, "PASSWORD", runtime["PASSWORD"])
    connections[OWNER].close()
    with pytest.raises(CommandError, match="DATABASE_OWNER_URL"):
        call_command("erase_customer", "ana@example.com", by="ada@financy.example", reason="x")
    connections[OWNER].close()


@pytest.mark.parametrize("verb", ["reply", "note", "open"])
def test_an_erasure_waits_for_a_verb_under_way_and_takes_its_words_along(people, verb):
    ticket = make_ticket(people.ana)
    with acting(by=people.ada, channel="test"):
        if verb == "reply":
            reply_to_ticket(ticket, body=CANARY, by=people.ada, at=NOON)
        elif verb == "note":
            note_ticket(ticket, body=CANARY, by=people.ada, at=NOON)
        else:
            open_ticket(customer=people.ana, subject=CANARY, description=CANARY, by=people.ada, at=NOON)
        eraser = Apart(lambda: erase(people.ana, by=people.ada))
        eraser.waits()
    eraser.ends()
    assert not Reply.objects.filter(body=CANARY).exists()
    assert not Delivery.objects.filter(address="ana@example.com").exists()


@pytest.mark.parametrize(("verb", "refusal"), [("reply", Conflict), ("note", Conflict), ("open", Invalid)])
def test_a_verb_that_comes_during_an_erasure_waits_and_is_refused(people, verb, refusal):
    ticket = make_ticket(people.ana)
    stale = Customer.objects.get(pk=people.ana.pk)

    def speak():
        with acting(by=people.ada, channel="test"), pytest.raises(refusal):
            if verb == "reply":
                reply_to_ticket(ticket, body=CANARY, by=people.ada, at=NOON)
            elif verb == "note":
                note_ticket(ticket, body=CANARY, by=people.ada, at=NOON)
            else:
                open_ticket(customer=stale, subject=CANARY, description=CANARY, by=people.ada, at=NOON)

    with acting(by=people.ada, channel="test", using=OWNER) as act:
        erase_customer(people.ana, reason="x", by=people.ada, at=act.at)
        speaker = Apart(speak)
        speaker.waits()
    speaker.ends()
    assert not Reply.objects.filter(body=CANARY).exists()


def test_an_erasure_waits_for_a_mail_that_is_leaving(people):
    make_ticket(people.ana)
    ((delivery, attempt),) = claim(NOON)

    class SlowLine:
        """A mail server that answers with the address, once the eraser is waiting."""

        def deliver(self, one):
            self.eraser = Apart(lambda: erase(people.ana, by=people.ada))
            self.eraser.waits()
            return Answer(Outcome.TEMPORARY, f"450 {one.address}: later")

    line = SlowLine()
    tried = _send_one(delivery, attempt, NOON, line)
    assert tried and tried.answer.outcome == Outcome.TEMPORARY
    line.eraser.ends()
    erased = Delivery.objects.get()
    assert (erased.state, erased.address, erased.last_error) == (DeliveryState.DEAD, "[erased]", "")
    assert erased.attempt_log.get().answer == "[erased]"


def test_history_expires_after_a_year_at_least_and_respects_legal_hold(people, committed_db):
    make_ticket(people.ana)
    make_ticket(people.ben)
    hold(people.ana, by=people.ada)
    let_two_years_pass(committed_db)
    recent = make_ticket(people.ben)
    went = expire(days=400, by=people.ada)
    assert went > 0
    assert Ticket.history.filter(customer=people.ana.pk).count() == 1
    assert list(Ticket.history.filter(customer=people.ben.pk).values_list("id", flat=True)) == [recent.pk]
    record = MaintenanceRecord.objects.get()
    assert (record.kind, record.rows_touched, record.by, record.reason) == ("expire", went, people.ada, "retention")


def test_every_change_of_a_legal_hold_has_its_history(people):
    hold(people.ana, by=people.ada)
    held = Customer.history.filter(id=people.ana.pk, legal_hold=True).get()
    assert held.history_user_id == people.ada.pk


def test_the_commands_say_what_they_did_or_why_not(people, told):
    with pytest.raises(CommandError, match="Only administrators"):
        call_command("erase_customer", "ana@example.com", by="tom@financy.example", reason="x")
    with pytest.raises(CommandError, match="365 days"):
        call_command("expire_history", before="2999-01-01", by="ada@financy.example", reason="x")
    out = StringIO()
    call_command("erase_customer", "ana@example.com", by="ada@financy.example", reason="asked", stdout=out)
    call_command("expire_history", before="2020-01-01", by="ada@financy.example", reason="retention", stdout=out)
    assert "rows touched" in out.getvalue()
    assert "0 old versions deleted" in out.getvalue()


WAITING = """
    SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()
"""


class Apart:
    """Something done in a thread of its own, that has to wait for this one."""

    def __init__(self, work):
        self.failed: BaseException | None = None
        self.thread = threading.Thread(target=self._run, args=[work])
        self.thread.start()

    def _run(self, work):
        try:
            work()
        except BaseException as error:
            self.failed = error
        finally:
            connections.close_all()

    @classmethod
    def result_of(cls, work):
        """What it gives, seen from a session of its own."""
        given = []
        cls(lambda: given.append(work())).ends()
        return given[0]

    def waits(self) -> None:
        """Until PostgreSQL itself says that a session of this database waits for a lock."""
        until = time.monotonic() + 10
        with psycopg.connect(owner_of(connection.settings_dict["NAME"]), autocommit=True) as watcher:
            while not watcher.execute(WAITING).fetchone():
                assert time.monotonic() < until and not self.failed, f"it never waited: {self.failed!r}"
                time.sleep(0.02)

    def ends(self) -> None:
        self.thread.join(20)
        assert not self.thread.is_alive()
        if self.failed:
            raise self.failed


def hold(customer: Customer, *, by: User) -> None:
    with acting(by=by, channel="test", reason="a court asked"):
        Customer.objects.filter(pk=customer.pk).update(legal_hold=True)


def typed_at_the_log_in(email: str) -> None:
    seen = {"username": email, "ip_address": "192.0.2.7", "user_agent": "x", "http_accept": "", "path_info": "/"}
    AccessAttempt.objects.create(**seen, get_data="", post_data=f"username={email}", failures_since_start=1)
    AccessFailureLog.objects.create(**seen)
    AccessLog.objects.create(**seen)


def logged_in_the_admin(*things, by: User) -> None:
    for thing in things:
        LogEntry.objects.log_actions(by.pk, [thing], CHANGE, change_message="x", single_object=True)
    assert LogEntry.objects.filter(object_repr__contains=CANARY).exists()


def ask_by_the_api(people, ticket) -> None:
    """Stored answers of the customer, of an agent who answered, and of a tool that only asked for a change."""
    words = {"body": f"said {CANARY}"}
    for who, verb, asked, status in (
        (people.ana, "replies", words, 201),
        (people.tina, "replies", words, 201),
        (people.ada, "notes", words, 201),
        (people.ada, "severity", {"severity": "medium", "reason": CANARY}, 200),
    ):
        path = f"/api/v1/tickets/{ticket.reference}/{verb}/"
        headers = {"Idempotency-Key": f"{verb}-{who.pk}"}
        answer = client_with(issue(who)[0]).post(path, asked, headers=headers)
        assert answer.status_code == status, answer.content


def let_two_years_pass(database: str) -> None:
    """The owner alone can, and only by taking the guard off for a moment."""
    with psycopg.connect(owner_of(database)) as owner:
        for model in audited_models():
            table = history_model_of(model)._meta.db_table
            owner.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            owner.execute(f"UPDATE \"{table}\" SET history_date = history_date - interval '2 years'")
            owner.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def owner_of(database: str) -> str:
    return make_conninfo(os.environ["DESK_TEST_OWNER"], dbname=database)
