"""History that PostgreSQL itself keeps: one row a changed row through every door, and nobody rewrites one."""

from __future__ import annotations

import os

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError, IntegrityError, ProgrammingError
from django.test.utils import CaptureQueriesContext
from psycopg.conninfo import make_conninfo

from communications.models import Message
from financy_support.desk.audit.acting import acting
from financy_support.desk.audit.grants import grant_runtime
from financy_support.desk.audit.triggers import append_only_models, audited_models, copied_columns, history_model_of
from financy_support.desk.errors import NoActor
from financy_support.desk.people.organisation import Organisation
from financy_support.desk.people.user import SystemActor, User, system_actor
from tests.cast import hire_cast
from tests.conftest import NOON
from tests.make import make_ticket
from tickets.models import Reply, Ticket

HISTORIES = sorted(history_model_of(model)._meta.db_table for model in audited_models())
# Triggers that a record has beside those of its history.
TELLS = {"knowledge_tell_changed"}
OF_ITS_OWN = {
    **{f"knowledge_{name}": TELLS for name in (
        "article", "articlefile", "articletag", "category", "feedback", "learningresource", "pinnedresult", "redirect",
        "seokeyword", "synonym", "tag",
    )},
    "knowledge_revision": {"knowledge_guard_revision", "knowledge_keep_signatures", *TELLS},
    "knowledge_runbookrevision": {"knowledge_guard_runbook", "knowledge_keep_signatures"},
    "knowledge_translation": {"knowledge_keep_words", *TELLS},
}  # fmt: skip
APPEND_ONLY = sorted(model._meta.db_table for model in append_only_models())


def changes(organisation_id: int) -> list[tuple[str, str]]:
    rows = Organisation.history.filter(id=organisation_id).order_by("history_id")
    return list(rows.values_list("history_type", "name"))


def test_save_update_bulk_create_raw_sql_and_delete_each_leave_one_row_a_changed_row(cast, act):
    with act(cast.ada, reason="because"):
        one = Organisation.objects.create(name="one")
        one.name = "uno"
        one.save()
        Organisation.objects.filter(pk=one.pk).update(name="um")
        two, three = Organisation.objects.bulk_create([Organisation(name="two"), Organisation(name="three")])
        with connection.cursor() as cursor:
            cursor.execute("UPDATE desk_organisation SET name = name || '!' WHERE id IN (%s, %s)", [two.pk, three.pk])
        Organisation.objects.bulk_update([three], ["name"])
        three_id = three.pk
        three.delete()
    assert changes(one.pk) == [("+", "one"), ("~", "uno"), ("~", "um")]
    assert changes(two.pk) == [("+", "two"), ("~", "two!")]
    assert changes(three_id) == [("+", "three"), ("~", "three!"), ("~", "three"), ("-", "three")]
    row = Organisation.history.filter(id=one.pk).first()
    assert (row.history_user_id, row.history_channel, row.history_change_reason) == (cast.ada.pk, "test", "because")
    assert row.history_request_id and row.history_user == cast.ada


def test_a_change_outside_acting_is_refused_by_postgresql(cast):
    with pytest.raises(DatabaseError, match="no actor"), transaction.atomic():
        Organisation.objects.create(name="nobody's")


def test_an_act_ends_with_its_block_even_inside_a_longer_transaction(cast, act):
    with act(cast.ada):
        Organisation.objects.create(name="hers")
    with pytest.raises(DatabaseError, match="no actor"), transaction.atomic():
        Organisation.objects.create(name="nobody's")


def test_nesting_may_refine_the_reason_never_change_the_actor(cast):
    with acting(by=cast.ada, channel="test", reason="outer"):
        with acting(by=cast.ada, channel="other", reason="inner"):
            inner = Organisation.objects.create(name="inner")
        outer = Organisation.objects.create(name="outer")
        with pytest.raises(NoActor), acting(by=cast.tom, channel="test"):
            pass
    reasons = [Organisation.history.get(id=one.pk).history_change_reason for one in (inner, outer)]
    assert reasons == ["inner", "outer"]
    assert Organisation.history.get(id=inner.pk).history_channel == "test"


def test_acting_costs_one_statement_and_none_when_the_block_raises(cast):
    with CaptureQueriesContext(connection) as queries, pytest.raises(RuntimeError), acting(by=cast.ada, channel="test"):
        raise RuntimeError
    own = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(own) == 1


def test_bulk_statements_do_not_grow_with_rows(cast, act):
    def statements(number: int) -> int:
        with act(cast.ada), CaptureQueriesContext(connection) as queries:
            Organisation.objects.bulk_create(Organisation(name=f"{number}-{i}") for i in range(number))
            Organisation.objects.filter(name__startswith=f"{number}-").update(shares_tickets=True)
        return len(queries)

    assert statements(1) == statements(200)
    assert Organisation.history.filter(name__startswith="200-").count() == 400


@pytest.mark.parametrize("table", HISTORIES)
def test_the_runtime_role_cannot_touch_history(db, table):
    for statement in (
        f"UPDATE \"{table}\" SET history_change_reason = 'x'",
        f'DELETE FROM "{table}"',
        f'TRUNCATE "{table}"',
        f'INSERT INTO "{table}" DEFAULT VALUES',
        f'ALTER TABLE "{table}" DISABLE TRIGGER ALL',
        f'DROP TABLE "{table}"',
    ):
        refuses(statement)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_runtime_role_cannot_change_what_was_said(db, table):
    key = next(model._meta.pk.column for model in append_only_models() if model._meta.db_table == table)
    for statement in (f'UPDATE "{table}" SET {key} = {key}', f'DELETE FROM "{table}"', f'TRUNCATE "{table}" CASCADE'):
        refuses(statement)


def test_the_runtime_role_cannot_switch_the_audit_off(db):
    for statement in (
        "SET session_replication_role = replica",
        "ALTER TABLE tickets_ticket DISABLE TRIGGER ALL",
        "DROP TRIGGER desk_history_update ON tickets_ticket",
        "CREATE OR REPLACE FUNCTION desk_actor() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
        "TRUNCATE tickets_ticket CASCADE",
        "CREATE TABLE mine ()",
        "UPDATE desk_guideedition SET edition = gen_random_uuid()",
    ):
        refuses(statement)


def test_even_the_owner_is_stopped_by_triggers(db):
    """Also while claiming maintenance in a plain statement as another role than the owner."""
    with psycopg.connect(
        make_conninfo(os.environ["DESK_TEST_OWNER"], dbname=settings.DATABASES["default"]["NAME"])
    ) as owner:
        for statement in (
            "UPDATE desk_historicaluser SET name = 'x'",
            "DELETE FROM desk_historicaluser",
            "TRUNCATE desk_historicaluser",
            "UPDATE communications_message SET body = 'x'",
            "TRUNCATE tickets_ticket CASCADE",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), owner.transaction():
                owner.execute(statement)


def test_a_runtime_session_that_claims_maintenance_gains_nothing(cast):
    make_ticket(cast.ana)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('desk.maintenance', 'erase', true)")
    refuses("UPDATE tickets_reply SET body = 'x'")
    refuses("DELETE FROM tickets_historicalticket")


def test_nobody_may_call_a_function_of_the_desk_but_its_owner(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname LIKE 'desk\\_%' AND has_function_privilege(oid, 'EXECUTE')"
        )
        assert cursor.fetchall() == []
    refuses("SELECT desk_actor()")


def test_no_table_of_ones_own_can_feed_history(committed_db):
    """PUBLIC may make temporary tables in a database whose owner did not say otherwise: that is not enough."""
    cast = hire_cast()
    ticket = make_ticket(cast.ana)
    versions = Ticket.history.count()
    feed = (
        "CREATE TEMP TABLE forged (LIKE tickets_ticket);"
        "CREATE TRIGGER forge AFTER INSERT ON forged REFERENCING NEW TABLE AS new_rows"
        " FOR EACH STATEMENT EXECUTE FUNCTION desk_record_tickets_ticket();"
    )
    refuses(feed)
    with acting(by=cast.ada, channel="test", using="owner"), pytest.raises(DatabaseError, match="only tickets_ticket"):
        with transaction.atomic("owner"), connections["owner"].cursor() as owner:
            owner.execute(feed + "INSERT INTO forged SELECT * FROM tickets_ticket")
    assert Ticket.history.count() == versions
    assert ticket.history.count() == 1


def test_the_runtime_role_may_not_even_make_temporary_tables_or_records_of_maintenance(committed_db):
    grant_runtime("owner")  # a clone does not take its template's rights as a database along
    connection.close()
    refuses("CREATE TEMP TABLE mine ()")
    refuses("INSERT INTO desk_maintenancerecord DEFAULT VALUES")


def test_a_pg_class_of_ones_own_opens_no_guard(committed_db):
    cast = hire_cast()
    make_ticket(cast.ana)
    with psycopg.connect(make_conninfo(os.environ["DESK_TEST_OWNER"], dbname=committed_db)) as owner:
        runtime = settings.DATABASES["default"]["USER"]
        owner.execute(f'GRANT UPDATE ON tickets_reply TO "{runtime}"')
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="append-only"):
        cursor.execute("CREATE TEMP TABLE pg_class AS SELECT oid, current_user::regrole::oid relowner FROM pg_class")
        cursor.execute("SET desk.maintenance = 'erase'")
        cursor.execute("UPDATE tickets_reply SET body = 'x'")


def test_triggers_stand_on_every_audited_table_history_and_append_only_table(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
        )
        found: dict[str, set[str]] = {}
        for table, trigger in cursor.fetchall():
            found.setdefault(table, set()).add(trigger)
    record = {"desk_history_insert", "desk_history_update", "desk_history_delete", "desk_refuse_truncate"}
    guard = {"desk_refuse_change", "desk_refuse_truncate"}
    for model in audited_models():
        expected = record | ({"desk_new_guide_edition"} if model.is_guide else set())
        expected |= OF_ITS_OWN.get(model._meta.db_table, set())
        assert found.get(model._meta.db_table) == expected, model
        assert found.get(history_model_of(model)._meta.db_table) == guard, model
    for model in append_only_models():
        assert found.get(model._meta.db_table) == guard | OF_ITS_OWN.get(model._meta.db_table, set()), model


def test_secrets_and_generated_columns_are_not_copied(db):
    assert "password" not in copied_columns(User)
    assert not [field.name for field in history_model_of(User)._meta.fields if field.name == "password"]


def test_no_model_is_multi_table_or_has_an_automatic_many_to_many():
    for model in apps.get_models():
        if model.__module__.split(".")[0] in ("financy_support", "tickets", "knowledge", "communications"):
            assert not model._meta.local_many_to_many, model
            assert not model._meta.parents or model._meta.proxy, model


def test_people_are_not_deleted_while_anything_names_them(cast):
    make_ticket(cast.ana)
    with pytest.raises((IntegrityError, ProgrammingError, DatabaseError, Exception)) as refusal, transaction.atomic():
        with acting(by=system_actor(SystemActor.CONSOLE), channel="test"):
            cast.ana.user.delete()
    assert "Protected" in type(refusal.value).__name__
    assert User.objects.filter(pk=cast.ana.user.pk).exists()


def test_messages_and_replies_are_written_once(cast):
    make_ticket(cast.ana)
    for model in (Message, Reply):
        row = model.objects.latest("id")
        row.body = "rewritten"
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            row.save()


def test_a_guide_edit_starts_a_new_edition_and_is_in_force_at_once(cast, act):
    from tickets.models import SlaTarget

    with act(cast.ada) as before:
        SlaTarget.objects.filter(metric="first_response", severity="medium").update(target="00:30:00")
    ticket = make_ticket(cast.ana, at=NOON)
    assert (ticket.next_due_at - NOON).total_seconds() == 1800
    with act(cast.ada) as after:
        assert before.guide_edition != after.guide_edition


def test_ticket_history_reads_as_versions(cast):
    ticket = make_ticket(cast.ana)
    assert [row.history_type for row in ticket.history.all()] == ["+"]
    assert Ticket.history.as_of(ticket.history.first().history_date).count() >= 1


def refuses(statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied|must be owner"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)
