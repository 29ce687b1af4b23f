"""Pages by key, never by counting: as quick on the thousandth page as on the first."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

from financy_support.desk.errors import Invalid
from financy_support.desk.statement import Given, Statement

MAX_PAGE_SIZE = 100
SALT = "financy_support.api.cursor"


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: the order it belongs to, which way to read, and the key of the row at the edge."""

    order: str
    backward: bool
    key: list[Any]

    def sign(self) -> str:
        return signing.Signer(salt=SALT).sign_object([self.order, self.backward, self.key])


@dataclass(frozen=True)
class KeptRows:
    """A list whose SQL is written once a ``shape`` by ``write``, with places that ``given`` fills for each reader."""

    shape: Hashable
    write: Callable[[], QuerySet[Any, dict[str, Any]]] = field(compare=False)
    given: Mapping[str, Any] = field(compare=False)


@dataclass(frozen=True)
class Part:
    """One read of a page: in which order, which way, and ``only`` rows of one kind."""

    keys: tuple[str, ...]
    backward: bool
    only: tuple[tuple[str, bool], ...] = ()

    def of(self, queryset: QuerySet[Any], after: list[Any] | None) -> QuerySet[Any]:
        """The rows after a key in the order of ``keys``, read the other way round when ``backward``."""
        flipped = [key if not self.backward else _flip(key) for key in self.keys]
        queryset = queryset.filter(**dict(self.only)).order_by(*flipped)
        if after is None:
            return queryset
        values = dict(zip(map(_name, self.keys), after[-len(self.keys) :], strict=True))
        past = {_name(key): "lt" if key.startswith("-") else "gt" for key in flipped}
        if len(self.keys) == 1:
            return queryset.filter(**{f"{name}__{past[name]}": value for name, value in values.items()})
        first, last = values
        # A range on the first key alone lets the index start there; the rest cuts off the rows that tie with the edge.
        same = Q(**{first: values[first]}) & ~Q(**{f"{last}__{past[last]}": values[last]})
        return queryset.filter(Q(**{f"{first}__{past[first]}e": values[first]}) & ~same)


class CursorPage(BasePagination):
    """`{results, next, previous}` by keyset, for model rows, ``.values()`` rows that carry the keys, and kept ones.

    A view's ``orders`` maps what `?ordering=` may say to its keys, e.g. ``{"-created": ("-id",), "due":
    ("next_due_at", "id")}``; the first is the default. The last key is unique; a first key of two may be null and
    nulls come last. Raises :class:`Invalid` for a cursor that the desk did not sign, or one of another order.
    """

    cursor_query_param = "cursor"
    page_size_query_param = "page_size"
    ordering_query_param = "ordering"
    default_orders: Mapping[str, tuple[str, ...]] = {"-id": ("-id",)}

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        orders = getattr(view, "orders", self.default_orders)
        self.order = self._ordering(request, orders)
        self.keys = orders[self.order]
        cursor = self._cursor(request)
        size = self._page_size(request)
        backward = cursor is not None and cursor.backward
        rows = self._rows_after(queryset, cursor.key if cursor else None, backward=backward, limit=size + 1)
        has_more, rows = len(rows) > size, rows[:size]
        if backward:
            rows.reverse()
        has_next, has_previous = (bool(rows), has_more) if backward else (has_more, cursor is not None and bool(rows))
        self.next_link = self._link(rows[-1], backward=False) if has_next else None
        self.previous_link = self._link(rows[0], backward=True) if has_previous else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response(self.page(data))

    def page(self, results: Any) -> dict[str, Any]:
        """The body of the answer."""
        return {"results": results, "next": self.next_link, "previous": self.previous_link}

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        orders = list(getattr(view, "orders", self.default_orders))
        about = {
            self.cursor_query_param: {"type": "string", "description": "From `next` or `previous`."},
            self.page_size_query_param: {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE},
            self.ordering_query_param: {"type": "string", "enum": orders, "default": orders[0]},
        }
        return [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in about.items()]

    def _ordering(self, request: Request, orders: Mapping[str, tuple[str, ...]]) -> str:
        order = request.query_params.get(self.ordering_query_param, next(iter(orders)))
        if order not in orders:
            detail = f"“{order}” is no order of this list. Use one of: {', '.join(orders)}."
            raise Invalid(detail, field=self.ordering_query_param, code="invalid_choice")
        return order

    def _page_size(self, request: Request) -> int:
        said = request.query_params.get(self.page_size_query_param)
        if said is None:
            return api_settings.PAGE_SIZE or MAX_PAGE_SIZE
        if not (said.isascii() and said.isdigit() and len(said) < 5 and 1 <= int(said) <= MAX_PAGE_SIZE):
            detail = f"A page has 1 to {MAX_PAGE_SIZE} rows."
            raise Invalid(detail, field=self.page_size_query_param, code="out_of_range")
        return int(said)

    def _cursor(self, request: Request) -> Cursor | None:
        said = request.query_params.get(self.cursor_query_param)
        if said is None:
            return None
        try:
            cursor = Cursor(*signing.Signer(salt=SALT).unsign_object(said))
        except (signing.BadSignature, ValueError, TypeError):
            cursor = None
        if cursor is None or cursor.order != self.order:
            detail = "This cursor was not made for this list. Start again without it and follow `next`."
            raise Invalid(detail, field=self.cursor_query_param, code="invalid_cursor")
        return cursor

    def _rows_after(
        self, source: QuerySet[Any] | KeptRows, key: list[Any] | None, *, backward: bool, limit: int
    ) -> list[Any]:
        """Up to ``limit`` rows beyond ``key``. Rows whose first key is null stand last and are read by a statement of
        their own, so that both reads follow the index."""
        parts = [Part(self.keys, backward=backward)]
        if len(self.keys) == 2 and key is not None:  # from the beginning the index has both parts in this order
            first, last = self.keys
            dated = Part(self.keys, backward=backward, only=((f"{first}__isnull", False),))
            undated = Part((last,), backward=backward, only=((f"{first}__isnull", True),))
            parts = [dated, undated]
        if key is not None and key[0] is None and not backward:
            parts = parts[1:]
        if key is not None and key[0] is not None and backward:
            parts = parts[:1]
        rows: list[Any] = []
        for number, part in enumerate(reversed(parts) if backward else parts):
            rows += _read(source, part, key if number == 0 else None, limit - len(rows))
            if len(rows) >= limit:
                break
        return rows

    def _link(self, row: Any, *, backward: bool) -> str:
        key = [_plain(row[name] if isinstance(row, dict) else getattr(row, name)) for name in map(_name, self.keys)]
        cursor = Cursor(self.order, backward, key).sign()
        return replace_query_param(self.request.build_absolute_uri(), self.cursor_query_param, cursor)


def _read(source: QuerySet[Any] | KeptRows, part: Part, after: list[Any] | None, limit: int) -> list[Any]:
    if not isinstance(source, KeptRows):
        return list(part.of(source, after)[:limit])
    key = {f"key{number}": value for number, value in enumerate(after or [])}
    return _statement(source, part, tuple(key)).rows(limit=limit, **source.given, **key)


@cache
def _statement(source: KeptRows, part: Part, key: tuple[str, ...]) -> Statement:
    return Statement(part.of(source.write(), [Given(name) for name in key] or None))


def _flip(key: str) -> str:
    return key[1:] if key.startswith("-") else f"-{key}"


def _name(key: str) -> str:
    return key.removeprefix("-")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
