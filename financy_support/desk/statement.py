"""SQL that Django composes once a process: a queryset that is asked in each request, an INSERT of each model."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import GeneratedField, Model, QuerySet, Value
from psycopg.sql import Literal

FEW = 8  # rows that an ordinary act inserts at once; more go as an array a column: one text for any number of them


class Given(Value):
    """The place in a queryset of a value that comes with each asking: ``filter(ticket=Given("ticket"))``."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Statement:
    """The SQL of a queryset with :class:`Given` in it and ``.values()`` at its end.

    Django takes several times longer to compose a page of tickets than PostgreSQL to answer it (7 ms against 0.7,
    measured); so what is read in each request is composed once a process, by a function that keeps it (``@cache``).
    """

    def __init__(self, queryset: QuerySet[Any, dict[str, Any]]) -> None:
        query = queryset.query
        self._names = [*query.extra_select, *query.values_select, *query.annotation_select]
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            self._sql, self._params = compiler.as_sql()
        except EmptyResultSet:  # whoever asks sees nothing
            self._sql = ""
            return
        self._sql, self._params = _with_constants(self._sql, self._params)
        converters = compiler.get_converters([column for column, *_ in compiler.select or []])
        self._convert = (lambda rows: compiler.apply_converters(rows, converters)) if converters else iter

    def rows(self, *, limit: int | None = None, **given: Any) -> list[dict[str, Any]]:
        """What the queryset would give, its places filled, at most ``limit`` rows of it."""
        if not self._sql:
            return []
        with kept_cursor() as cursor:
            params = [given[each.value] for each in self._params]
            cursor.execute(self._sql if limit is None else f"{self._sql} LIMIT {limit:d}", params)
            return [dict(zip(self._names, row, strict=True)) for row in self._convert(cursor.fetchall())]


def kept_cursor(using: str = DEFAULT_DB_ALIAS) -> Any:
    """A cursor by which PostgreSQL keeps each statement parsed and planned; Django's own sends it as new each time.

    For statements whose text is always the same: there are few, and each connection keeps them. (A page of tickets
    costs PostgreSQL 1.1 ms instead of 2.9, an opened ticket 3.1 instead of 4.8; measured.)
    """
    database: Any = connections[using]
    database.ensure_connection()
    return database._prepare_cursor(KeptCursor(database.connection))


class KeptCursor(psycopg.Cursor[Any]):
    """Says what it was asked to those who count or log statements: psycopg forgets the text of a kept one."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        try:
            return super().execute(query, params, **options)
        finally:
            self._query: Any = self._query or SimpleNamespace(query=query.encode())


def _with_constants(sql: str, params: Sequence[Any]) -> tuple[str, list[Given]]:
    """Values that never change become part of the text: a plan that knows them may use the index of live tickets."""
    text = ["%s" if isinstance(each, Given) else Literal(each).as_string().replace("%", "%%") for each in params]
    return sql.replace("%%", "%%%%") % tuple(text), [each for each in params if isinstance(each, Given)]


def insert(rows: Sequence[Model]) -> None:
    """Write new rows of one model by one statement and give each its id.

    As ``bulk_create``, which composes for longer than PostgreSQL writes; for models whose values PostgreSQL takes as
    they are (psycopg refuses a list or dict of a JSON column). Columns empty in all rows are left to be null.
    """
    if not rows:
        return
    model = type(rows[0])
    columns = [column for column in _columns(model) if any(getattr(row, column.name) is not None for row in rows)]
    into = f"INSERT INTO {model._meta.db_table} ({', '.join(column.quoted for column in columns)})"
    with kept_cursor() as cursor:
        if len(rows) <= FEW:
            places = f"({', '.join(['%s'] * len(columns))})"
            values = [getattr(row, column.name) for row in rows for column in columns]
            cursor.execute(f"{into} VALUES {', '.join([places] * len(rows))} RETURNING id", values)
        else:
            places = ", ".join(f"%s::{column.kind}[]" for column in columns)
            lists = [[_plain(getattr(row, column.name)) for row in rows] for column in columns]
            cursor.execute(f"{into} SELECT * FROM unnest({places}) RETURNING id", lists)
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


class _Column(NamedTuple):
    """A column that a new row fills: the attribute, the quoted name, PostgreSQL's type without a length."""

    name: str
    quoted: str
    kind: str


@cache
def _columns(model: type[Model]) -> list[_Column]:
    return [
        _Column(field.attname, f'"{field.column}"', (field.db_type(connection) or "").partition("(")[0])
        for field in model._meta.concrete_fields
        if not field.primary_key and not isinstance(field, GeneratedField)
    ]


def _plain(value: Any) -> Any:
    """A list holds one type: a choice is written as its value."""
    return value.value if isinstance(value, Enum) else value
