"""A desk with a past, by INSERT … SELECT as the owner, with the audit triggers in force.

One ticket in four is live; each of those owes three or four deadlines, none due within the hour, so that 1,000,000
tickets have 1,000,000 live deadlines. Foreign keys and plain indexes are taken off while rows come in and are checked
and built again after them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connections, models
from psycopg import sql
from tqdm import tqdm

from financy_support.desk.people.user import SystemActor
from tests.benchmarks.seed_words import snippets

CHUNK = 25_000
LARGE = ("desk.Customer", "tickets.Ticket", "tickets.Reply", "tickets.TicketDeadline", "communications.Message",
         "communications.Delivery")  # fmt: skip

FACTS = (Path(__file__).parent / "seed_facts.sql").read_text(encoding="utf-8")
LIMITS = (Path(__file__).parent / "seed_limits.sql").read_text(encoding="utf-8")

# Per model: field → SQL over `seed_facts f`; fields left out get their model's default.
CUSTOMER = {
    "id": "f.id",
    "user": "CASE WHEN f.id <= 64 THEN 1000 + f.id END",
    "name": "'Customer ' || f.id",
    "email": "'customer' || f.id || '@example.com'",
    "organisation": "CASE WHEN f.id % 5 = 0 THEN 1 + f.id % (SELECT count(*) FROM desk_organisation) END",
    "language": "f.language",
}
TICKET = {
    "id": "f.id",
    "subject": "f.subject",
    "customer": "f.customer",
    "severity": "f.severity",
    "category": "f.category",
    "issue_type": "f.issue_type",
    "is_security": "f.is_security",
    "status": "f.status",
    "hold_reason": "CASE WHEN f.status = 'on_hold' THEN 'vendor' ELSE '' END",
    "tier": "f.tier",
    "team": "f.team",
    "assignee": "f.assignee",
    "language": "f.language",
    "channel": "'email_support'",
    "created_at": "f.created_at",
    "opened_by": str(int(SystemActor.IMPORTER)),
    "entered_tier_at": "f.created_at",
    "first_responded_at": "CASE WHEN f.status <> 'new' THEN f.created_at + interval '20 minutes' END",
    "resolved_at": "CASE WHEN NOT f.is_live THEN f.created_at + interval '5 hours' END",
    "closed_at": "CASE WHEN f.status = 'closed' THEN f.created_at + interval '9 days' END",
    "next_due_at": "d.due_at",
    "next_warn_at": "d.due_at - interval '30 minutes'",
    "next_due_kind": "coalesce(d.kind, '')",
    "last_word_by": "'customer'",
    "last_word_at": "f.created_at",
}
FIRST_DUE = """LEFT JOIN LATERAL (
    SELECT due_at, kind FROM seed_promises(f) p WHERE f.is_live AND due_at IS NOT NULL ORDER BY due_at LIMIT 1
    ) d ON true"""
OPENING = {
    "ticket": "f.id",
    "voice": "'customer'",
    "author": str(int(SystemActor.IMPORTER)),
    "is_opening": "true",
    "channel": "'email_support'",
    "subject": "f.subject",
    "body": "a.text || ' ' || b.text || ' acct' || f.id || ' ' || c.text",
    "created_at": "f.created_at",
}
OPENING_WORDS = """JOIN seed_snippet a ON a.id = seed_dice(f.id, 11, 20000)
    JOIN seed_snippet b ON b.id = seed_dice(f.id, 12, 20000)
    JOIN seed_snippet c ON c.id = seed_dice(f.id, 13, 20000)"""
ANSWER = {
    **OPENING,
    "voice": "'agent'",
    "author": "f.agent",
    "is_opening": "false",
    "is_internal": "seed_dice(f.id, 14, 5) = 0",
    "subject": "''",
    "body": "a.text",
    "created_at": "f.created_at + interval '20 minutes'",
}
ANSWER_WORDS = "JOIN seed_snippet a ON a.id = seed_dice(f.id, 15, 20000)"
DEADLINE = {
    "ticket": "f.id",
    "kind": "p.kind",
    "target": "p.target",
    "policy_source": "'benchmark'",
    "started_at": "f.created_at",
    "due_at": "p.due_at",
    "remaining": "CASE WHEN p.due_at IS NULL THEN interval '2 hours' END",
    "warn_at": "p.due_at - interval '30 minutes'",
    "warned_at": "CASE WHEN p.breached THEN p.due_at - interval '30 minutes' END",
    "breached_at": "CASE WHEN p.breached THEN p.due_at END",
    "met_at": "CASE WHEN NOT f.is_live THEN f.created_at + interval '5 hours' END",
    "next_look_at": "CASE WHEN f.is_live AND NOT p.breached THEN p.due_at - interval '30 minutes' END",
    "tier": "CASE WHEN p.of_tier THEN f.tier END",
}
PROMISES = "JOIN LATERAL seed_promises(f) p ON f.is_live OR p.kind = 'resolution'"
MESSAGE = {
    "id": "f.id",
    "purpose": "'initial_response'",
    "customer": "f.customer",
    "about_label": "'tickets.ticket'",
    "about_id": "f.id",
    "about_reference": "'FIN-' || lpad(f.id::text, 6, '0')",
    "language": "f.language",
    "channel": "'email_support'",
    "severity": "f.severity",
    "subject": "f.subject",
    "body": "'Thank you. A person answers within two hours. ' || f.subject",
    "message_id": "'<' || f.id || '@bench.example>'",
    "created_at": "f.created_at",
    "by": str(int(SystemActor.IMPORTER)),
}
DELIVERY = {
    "message": "f.id",
    "kind": "'email'",
    "address": "'customer' || f.customer || '@example.com'",
    "state": "'delivered'",
    "due_at": "f.created_at",
    "attempts": "1",
    "settled_at": "f.created_at",
}
LIVE_ONLY = "AND f.is_live"


def seed(tickets: int) -> None:
    """Fill the database in hand; a bar a table shows how far it is."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '64MB'")
        cursor.execute(
            "SELECT set_config('desk.actor', %s, false), set_config('desk.channel', 'benchmark', false),"
            " set_config('desk.reason', 'seed', false), set_config('desk.request_id', 'seed', false)",
            [str(int(SystemActor.IMPORTER))],
        )
        _lay_out(cursor, tickets)
        customers = max(tickets // 20, 500)
        with _bare(cursor, [apps.get_model(name)._meta.db_table for name in LARGE]):
            _fill(cursor, "desk.Customer", CUSTOMER, "", customers)
            _fill(cursor, "tickets.Ticket", TICKET, FIRST_DUE, tickets)
            _fill(cursor, "tickets.Reply", OPENING, OPENING_WORDS, tickets)
            _fill(cursor, "tickets.Reply", ANSWER, f"{ANSWER_WORDS} AND f.status <> 'new' AND f.id % 2 = 0", tickets)
            _fill(cursor, "tickets.TicketDeadline", DEADLINE, PROMISES, tickets)
            _fill(cursor, "communications.Message", MESSAGE, "", tickets, LIVE_ONLY)
            _fill(cursor, "communications.Delivery", DELIVERY, "", tickets, LIVE_ONLY)
        for name in LARGE:
            table = apps.get_model(name)._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        for statement in tqdm(LIMITS.replace(":tickets", str(tickets)).split(";\n"), "limits", disable=None):
            if statement.strip():
                cursor.execute(statement)
        cursor.execute("DROP TABLE seed_facts CASCADE; DROP TABLE seed_snippet; DROP FUNCTION seed_dice")
        cursor.execute("VACUUM ANALYZE")


def _lay_out(cursor: Any, tickets: int) -> None:
    cursor.execute("CREATE UNLOGGED TABLE seed_snippet (id int PRIMARY KEY, text text)")
    with cursor.copy("COPY seed_snippet FROM STDIN") as copy:
        for number, text in enumerate(snippets()):
            copy.write_row((number, text))
    cursor.execute(FACTS.replace(":tickets", str(tickets)))


def _fill(cursor: Any, label: str, expressions: dict[str, str], joins: str, rows: int, where: str = "") -> None:
    """INSERT … SELECT in chunks, every field of the model in it."""
    model = apps.get_model(label)
    columns, values = [], []
    unknown = set(expressions) - {field.name for field in model._meta.concrete_fields}
    assert not unknown, f"{label} has no {unknown}"
    for field in model._meta.concrete_fields:
        if field.name in expressions:
            value = expressions[field.name]
        elif isinstance(field, models.GeneratedField) or field.primary_key or field.null:
            continue
        else:
            value = _literal(field)
        columns.append(f'"{field.column}"')
        values.append(value)
    insert = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(values)}"
    with tqdm(total=rows, desc=model._meta.verbose_name_plural, unit=" rows", disable=None) as bar:
        for start in range(0, rows, CHUNK):
            end = min(start + CHUNK, rows)
            cursor.execute(f"{insert} FROM seed_facts f {joins} WHERE f.id > {start} AND f.id <= {end} {where}")
            bar.update(end - start)


def _literal(field: Any) -> str:
    connection = connections["owner"]
    value = field.get_db_prep_save(field.get_default(), connection)
    return sql.Literal(value).as_string(connection.connection)


@contextmanager
def _bare(cursor: Any, tables: list[str]) -> Iterator[None]:
    """Without their foreign keys and plain indexes."""
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])", [tables]
    )  # fmt: skip
    keys = cursor.fetchall()
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i"
        " WHERE indrelid = ANY(%s::regclass[])"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)", [tables]
    )  # fmt: skip
    indexes = cursor.fetchall()
    for table, name, _ in keys:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in tqdm(indexes, "indexes", unit=" built", disable=None):
        cursor.execute(definition)
    for table, name, definition in tqdm(keys, "foreign keys", unit=" checked", disable=None):
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
