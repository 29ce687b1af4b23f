"""Who is acting, through which door and why: the one door to any change."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from financy_support.desk.errors import NoActor
from financy_support.desk.statement import kept_cursor

if TYPE_CHECKING:
    from financy_support.desk.people.user import User


@dataclass(frozen=True)
class Act:
    """One person's act: ``at`` is the database's transaction time, ``guide_edition`` names the policy rows in force.

    ``using`` is the log-in whose transaction it is.
    """

    by: User
    channel: str
    reason: str
    request_id: str
    at: datetime
    guide_edition: uuid.UUID
    using: str = DEFAULT_DB_ALIAS


_current: ContextVar[Act | None] = ContextVar("act", default=None)

TELL_POSTGRES = """
    SELECT set_config('desk.actor', %s, true), set_config('desk.channel', %s, true),
           set_config('desk.reason', %s, true), set_config('desk.request_id', %s, true),
           now(), (SELECT edition FROM desk_guideedition)
"""


@contextmanager
def acting(
    *, by: User, channel: str, reason: str = "", request_id: str = "", using: str = DEFAULT_DB_ALIAS
) -> Iterator[Act]:
    """Open a transaction in which every changed row is recorded as ``by``'s (design §3 'Audit').

    Parameters: ``channel`` is the door (api, admin, mail, sweep, command, …); ``reason`` free text for the history;
    ``request_id`` ties rows of one request together (made up when empty); ``using`` is the log-in, ``owner`` for
    maintenance only.
    Nesting may refine the reason, never change actor or log-in: raises :class:`NoActor` for another one.
    Runs no SQL when the block raises: the roll-back takes the settings with it.
    """
    outer = _current.get()
    if outer and connections[outer.using].in_atomic_block:
        if (outer.by.pk, outer.using) != (by.pk, using):
            raise NoActor(f"{outer.by} is acting; {by} cannot act inside. Close the first act before.")
        with transaction.atomic(using), _as_current(replace(outer, reason=reason or outer.reason)) as act:
            if act.reason != outer.reason:
                _set_reason(act)
            yield act
            if act.reason != outer.reason:
                _set_reason(outer)
        return
    request_id = request_id or uuid.uuid4().hex
    is_guest = connections[using].in_atomic_block  # somebody else's transaction goes on after this act
    with transaction.atomic(using), kept_cursor(using) as cursor:
        cursor.execute(TELL_POSTGRES, [str(by.pk), channel, reason, request_id])
        *_, at, edition = cursor.fetchone()
        with _as_current(Act(by, channel, reason, request_id, at, edition, using)) as act:
            yield act
        if is_guest:
            cursor.execute("SELECT set_config('desk.actor', '', true)")


def current_act(by: User | None = None) -> Act:
    """The open act; each verb calls this first. Raises :class:`NoActor` when none is open or ``by`` is another."""
    act = _current.get()
    if act is None or not connections[act.using].in_atomic_block:
        raise NoActor("No one is acting: wrap the call in acting(by=…, channel=…).")
    if by is not None and act.by.pk != by.pk:
        raise NoActor(f"{act.by} is acting, but the change was asked in the name of {by}.")
    return act


@contextmanager
def _as_current(act: Act) -> Iterator[Act]:
    token = _current.set(act)
    try:
        yield act
    finally:
        _current.reset(token)


def _set_reason(act: Act) -> None:
    with connections[act.using].cursor() as cursor:
        cursor.execute("SELECT set_config('desk.reason', %s, true)", [act.reason])
