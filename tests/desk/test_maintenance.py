"""erase_customer and expire_history: the owner's two functions, and nobody else's."""

from __future__ import annotations

import os
from datetime import timedelta
from io import StringIO

import psycopg
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg.conninfo import make_conninfo

from communications.models import Delivery
from financy_support.desk.audit.acting import acting
from financy_support.desk.audit.maintenance import MaintenanceRecord, erase_customer, expire_history
from financy_support.desk.audit.triggers import audited_models, history_model_of
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from financy_support.desk.people.customer import Customer
from tests.cast import hire_cast
from tests.conftest import NOON
from tests.make import do, make_ticket, sweep_at
from tickets.files import Upload
from tickets.models import Ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket

CANARY = "kanarienvogel"


def everything_said(**fields):
    """Every text of every table, as the owner of a dump would see it."""
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM \"{model._meta.db_table}\" t")
            yield model._meta.db_table, cursor.fetchone()[0]


@pytest.fixture
def told(cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with_canary = {"subject": f"{CANARY} subject", "description": f"My {CANARY}"}
    upload = Upload(f"{CANARY}.txt", "text/plain", CANARY.encode())
    ticket = make_ticket(cast.ana, uploads=[upload], **with_canary)
    do(reply_to_ticket, ticket, body=f"Your {CANARY}", by=cast.tom, at=NOON)
    do(note_ticket, ticket, body=f"note {CANARY}", by=cast.tom, at=NOON)
    sweep_at(NOON + timedelta(hours=4))
    words = {"summary": CANARY, "actions_taken": CANARY, "prevention_measures": CANARY, "follow_up": CANARY}
    do(resolve_ticket, ticket, by=cast.tina, at=NOON, **words)
    return ticket


def test_nothing_personal_is_left_in_any_table_or_file_and_the_facts_stay(
    cast, told, act, tmp_path, django_capture_on_commit_callbacks
):
    versions = Ticket.history.filter(id=told.pk).count()
    with django_capture_on_commit_callbacks(execute=True), act(cast.ada):
        erase_customer(cast.ana, reason="asked by letter", by=cast.ada, at=NOON)
    left = {
        table: word for table, text in everything_said() for word in (CANARY, "ana@example.com") if word in text.lower()
    }
    assert left == {}
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    ticket = Ticket.objects.get(pk=told.pk)
    assert (ticket.status, ticket.subject, ticket.deadlines.count()) == ("resolved", "[erased]", told.deadlines.count())
    assert Ticket.history.filter(id=told.pk).count() == versions + 1
    assert MaintenanceRecord.objects.get().reason == "asked by letter"
    assert not Customer.objects.get(pk=cast.ana.pk).user.is_active


def test_nothing_more_is_sent_to_an_erased_customer(cast, told, act):
    with act(cast.ada):
        erase_customer(cast.ana, reason="x", by=cast.ada, at=NOON)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"dead"}


def test_a_file_that_another_customer_shares_stays(cast, told, act, tmp_path, django_capture_on_commit_callbacks):
    make_ticket(cast.ben, uploads=[Upload("b.txt", "text/plain", CANARY.encode())])
    with django_capture_on_commit_callbacks(execute=True), act(cast.ada):
        erase_customer(cast.ana, reason="x", by=cast.ada, at=NOON)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_who_may_and_when(cast, told, act):
    with act(cast.tom), pytest.raises(NotAllowed):
        erase_customer(cast.ana, reason="x", by=cast.tom, at=NOON)
    with act(cast.ada):
        Customer.objects.filter(pk=cast.ana.pk).update(legal_hold=True)
        with pytest.raises(Conflict, match="legal hold"):
            erase_customer(cast.ana, reason="x", by=cast.ada, at=NOON)
        with pytest.raises(Invalid, match="365 days"):
            expire_history(before=NOON, reason="x", by=cast.ada, at=NOON)


def test_history_expires_after_a_year_at_least_and_respects_legal_hold(committed_db):
    cast = hire_cast()
    make_ticket(cast.ana)
    make_ticket(cast.ben)
    with acting(by=cast.ada, channel="test"):
        Customer.objects.filter(pk=cast.ana.pk).update(legal_hold=True)
    let_two_years_pass(committed_db)
    recent = make_ticket(cast.ben)
    with acting(by=cast.ada, channel="test") as act:
        went = expire_history(before=act.at - timedelta(days=400), reason="retention", by=cast.ada, at=act.at)
    assert went > 0
    assert Ticket.history.filter(customer=cast.ana.pk).count() == 1
    assert list(Ticket.history.filter(customer=cast.ben.pk).values_list("id", flat=True)) == [recent.pk]
    assert MaintenanceRecord.objects.get().rows_touched == went


def let_two_years_pass(database: str) -> None:
    """The owner alone can, and only by taking the guard off for a moment."""
    with psycopg.connect(make_conninfo(os.environ["DESK_TEST_OWNER"], dbname=database)) as owner:
        for model in audited_models():
            table = history_model_of(model)._meta.db_table
            owner.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            owner.execute(f"UPDATE \"{table}\" SET history_date = history_date - interval '2 years'")
            owner.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def test_the_commands_say_what_they_did_or_why_not(cast, told, django_capture_on_commit_callbacks):
    with pytest.raises(CommandError, match="Only administrators"):
        call_command("erase_customer", "ana@example.com", by="tom@financy.example", reason="x")
    with pytest.raises(CommandError, match="365 days"):
        call_command("expire_history", before="2999-01-01", by="ada@financy.example", reason="x")
    out = StringIO()
    with django_capture_on_commit_callbacks(execute=True):
        call_command("erase_customer", "ana@example.com", by="ada@financy.example", reason="asked", stdout=out)
        call_command("expire_history", before="2020-01-01", by="ada@financy.example", reason="retention", stdout=out)
    assert "rows touched" in out.getvalue()
    assert "0 old versions deleted" in out.getvalue()
