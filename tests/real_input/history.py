"""Is every changed row in the history? Asked three ways, none of which trusts the triggers' own tables alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import Sum

from financy_support.desk.audit.triggers import audited_models, copied_columns, history_model_of
from tickets.models import Ticket

STATISTICS_SETTLE = 3.0  # seconds: idle backends hand in their counts within one


@dataclass(frozen=True)
class Changes:
    """What PostgreSQL's own statistics counted of one table: rows written there, rows written to its history."""

    written: int
    recorded: int


def count_changes() -> dict[str, Changes]:
    """Rows inserted, updated and deleted in each audited table, and rows inserted into its history, since creation."""
    time.sleep(STATISTICS_SETTLE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT relname, n_tup_ins, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables")
        counted = {table: (inserted, written) for table, inserted, written in cursor.fetchall()}
    return {
        model._meta.db_table: Changes(
            written=counted[model._meta.db_table][1], recorded=counted[history_model_of(model)._meta.db_table][0]
        )
        for model in audited_models()
    }


def compare(before: dict[str, Changes], after: dict[str, Changes]) -> Iterator[tuple[str, int, int]]:
    """(table, rows written since, history rows recorded since) of each table that changed."""
    for table, now in after.items():
        written, recorded = now.written - before[table].written, now.recorded - before[table].recorded
        if written or recorded:
            yield table, written, recorded


def rows_unlike_their_history() -> Iterator[tuple[str, int]]:
    """(table, how many rows differ from their newest history row or have none); every column that history keeps."""
    for model in audited_models():
        table, history = model._meta.db_table, history_model_of(model)._meta.db_table
        columns = ", ".join(f'"{column}"' for column in copied_columns(model))
        key = f'"{model._meta.pk.column}"'
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM (SELECT {columns} FROM {table} EXCEPT"
                f" SELECT {columns} FROM (SELECT DISTINCT ON ({key}) * FROM {history}"
                f" ORDER BY {key}, history_id DESC) newest) unlike"
            )
            yield table, cursor.fetchone()[0]


def ticket_versions() -> tuple[int, int]:
    """(sum of the tickets' version numbers, history rows of tickets): each change counts its ticket up by one."""
    versions = Ticket.objects.aggregate(total=Sum("version", default=0))["total"]
    return versions, Ticket.history.count()
