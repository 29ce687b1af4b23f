"""A customer or organisation in hand: seen by who asks, locked, and put back only when something differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from django.db import IntegrityError, transaction

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, NotAllowed, NotFound
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.organisation import Organisation
from financy_support.desk.people.user import User, UserKind

Row = TypeVar("Row", Customer, Organisation)
TAKEN = {
    "email": "A customer with this e-mail is registered already, whatever the case of its letters. Change that one.",
    "user": "This log-in belongs to another customer. Choose another, or take it off that one first.",
    "name": "An organisation of this name is registered already. Use that one, or choose another name.",
}


def writes_customers(by: User) -> bool:
    """Agents and administrators, tools with ``customers:write``, and the desk's own hands."""
    is_trusted_tool = by.kind == UserKind.TOOL and by.is_active and "customers:write" in by.scopes
    return by.is_agent or is_trusted_tool or by.kind == UserKind.SYSTEM


def require_writer(by: User, what: str) -> None:
    """Raise NotAllowed unless ``by`` is acting and writes customers; ``what`` is what was tried."""
    current_act(by)
    if not writes_customers(by):
        raise NotAllowed(f"Only the support team {what}. Ask them; a tool needs the scope customers:write.")


def take(row: Row, *, by: User) -> Row:
    """The row as it is now, locked against other changes but not against tickets that name it. Raises NotFound."""
    current_act(by)
    kind = type(row)
    every: Any = kind._default_manager
    seen = every.all() if by.kind == UserKind.SYSTEM else every.visible_to(by)
    locked: Row | None = seen.filter(pk=row.pk).select_for_update(of=("self",), no_key=True).first()
    if locked is None:
        raise NotFound
    return locked


def put_back(row: Row, values: Mapping[str, Any]) -> Row:
    """Write what differs, with a new version; nothing when nothing does. Raises Conflict for what is taken."""
    changed: list[str] = [name for name, value in values.items() if getattr(row, name) != value]
    if not changed:
        return row
    for name in changed:
        setattr(row, name, values[name])
    row.version += 1
    with refusing_taken():
        row.save(update_fields=[*changed, "version"])
    return row


@contextmanager
def refusing_taken() -> Iterator[None]:
    """Raises Conflict that names the field when another row holds a value that only one may hold.

    PostgreSQL decides, so that of two who register the same address at once one is refused.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not isinstance(error.__cause__, psycopg.errors.UniqueViolation):
            raise
        constraint = error.__cause__.diag.constraint_name or ""
        field = next((name for name in TAKEN if f"_{name}_" in constraint), None)
        if field is None:
            raise
        raise Conflict(TAKEN[field], field=field, code="taken") from None
