"""The owner's two functions, the only ones that may touch what was kept: erase a customer, expire old history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import psycopg
from django.apps import apps
from django.db import DatabaseError, connections, models
from django.dispatch import Signal

from financy_support.desk.audit.acting import current_act
from financy_support.desk.audit.audited_model import ERASED, AppendOnlyModel, AuditedModel
from financy_support.desk.audit.triggers import audited_models, history_model_of
from financy_support.desk.errors import Conflict, DeskError, Invalid, NoActor, NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User

OWNER = "owner"
KEPT_AT_LEAST_DAYS = 365

# Somebody was erased. Arguments: customer (Customer), at (aware UTC), using (the log-in whose transaction this is).
customer_erased = Signal()

# What an erasure locks before it writes, in the order in which the outbox and the verbs lock.
LOCKED_FIRST = ("communications.Delivery", "tickets.Ticket", "desk.Customer")

# What libraries keep of a person whose e-mail somebody typed at the log-in: table, and what is left in each column.
_SEEN_AT_THE_DOOR = {"username": ERASED, "ip_address": "NULL", "user_agent": "''"}
KEPT_BY_LIBRARIES: Mapping[str, Mapping[str, str]] = {
    "axes_accessattempt": {**_SEEN_AT_THE_DOOR, "get_data": "''", "post_data": "''"},
    "axes_accessfailurelog": _SEEN_AT_THE_DOOR,
    "axes_accesslog": _SEEN_AT_THE_DOOR,
}


class MaintenanceRecord(AppendOnlyModel):
    """That somebody used one of the two functions, when, why, and how many rows it touched. Only they write it."""

    kind = models.CharField(max_length=10)
    customer = models.ForeignKey("desk.Customer", models.PROTECT, null=True, related_name="+")
    before = models.DateTimeField(null=True)
    reason = models.TextField()
    rows_touched = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="+")

    class Meta:
        app_label = "desk"

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d}"


def erase_customer(customer: Customer, *, reason: str, by: User, at: datetime) -> int:
    """Replace everything personal of a customer by tombstones, in records, history, messages, files and stored answers.

    The facts stay: times, who acted. The log-in is closed, their tickets end, nothing is sent to them any more.
    Waits for verbs and mails under way; whatever comes after is refused. Returns how many rows were touched.

    A command-line act, in ``acting(…, using="owner")``: neither the web nor a worker is told the owner's log-in.
    Raises NotAllowed for others than administrators and for another log-in than the owner, Conflict under legal hold,
    when erased already, or while something keeps happening to their tickets; Invalid without a reason.
    """
    touched = _as_owner("SELECT desk_erase_customer(%s, %s)", [customer.pk, reason], by)
    customer_erased.send(sender=Customer, customer=customer, using=OWNER, at=at)
    return touched


def expire_history(*, before: datetime, reason: str, by: User, at: datetime) -> int:
    """Delete versions made before a moment at least a year ago, except those of customers under legal hold.

    A command-line act, in ``acting(…, using="owner")``, as :func:`erase_customer`; PostgreSQL's own clock says what a
    year is. Returns how many versions went. Raises NotAllowed, Invalid for a later moment or without a reason.
    """
    return _as_owner("SELECT desk_expire_history(%s, %s)", [before, reason], by)


def install_maintenance(using: str) -> None:
    """Create or replace the two functions, after each migrate."""
    with connections[using].cursor() as cursor:
        cursor.execute(_functions())


def _as_owner(call: str, arguments: list[Any], by: User) -> int:
    """Every gate stands in the function itself, so that nobody comes around it; here its refusals get their names."""
    if current_act(by).using != OWNER:
        raise NoActor('The two functions are the owner\'s: wrap the call in acting(by=…, channel=…, using="owner").')
    try:
        with connections[OWNER].cursor() as cursor:
            cursor.execute(call, arguments)
            touched: int = cursor.fetchone()[0]
    except DatabaseError as error:
        refusal = _refusal_of(error.__cause__)
        if refusal is None:
            raise
        raise refusal from error
    return touched


def _refusal_of(error: BaseException | None) -> DeskError | None:
    match error:
        case psycopg.errors.InsufficientPrivilege():
            return NotAllowed(
                "Only the log-in that owns the tables erases or expires. Run the command with DATABASE_OWNER_URL set,"
                " as a second terminal of `make run` has it."
            )
        case psycopg.errors.LockNotAvailable() | psycopg.errors.DeadlockDetected():
            return Conflict("Somebody is at work on their tickets right now: nothing was done. Try again.", code="busy")
        case psycopg.Error(sqlstate="DK400", diag=said):
            return Invalid(str(said.message_primary), field=said.column_name or "")
        case psycopg.Error(sqlstate="DK403", diag=said):
            return NotAllowed(str(said.message_primary))
        case psycopg.Error(sqlstate="DK409", diag=said):
            return Conflict(str(said.message_primary), code=said.constraint_name)
    return None


REQUIRE_ADMINISTRATOR = """
  IF NOT EXISTS (SELECT FROM public.desk_user WHERE id = public.desk_actor() AND is_superuser AND is_active) THEN
    RAISE EXCEPTION 'Only administrators erase or expire. Ask one.' USING ERRCODE = 'DK403';
  END IF;
  IF btrim(why) = '' THEN
    RAISE EXCEPTION 'Say why: the reason is kept for ever.' USING ERRCODE = 'DK400', COLUMN = 'reason';
  END IF;
"""

RECORD = """
  INSERT INTO public.desk_maintenancerecord (kind, customer_id, before, reason, rows_touched, at, by_id)
  VALUES ({values}, why, touched, now(), public.desk_actor());
"""

# Tickets opened between the locks are looked for again once nobody can open one: they are waited for no more.
ERASE = """
CREATE OR REPLACE FUNCTION desk_erase_customer(erased bigint, why text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '1min' AS $$
DECLARE touched bigint := 0; n bigint; whom record; addresses text[];
BEGIN
{require_administrator}
{lock}
  SELECT name, legal_hold, erased_at INTO whom FROM public.desk_customer WHERE id = erased;
  IF whom.legal_hold THEN
    RAISE EXCEPTION '% is under legal hold: nothing may be erased. Lift the hold before.', whom.name
      USING ERRCODE = 'DK409', CONSTRAINT = 'legal_hold';
  ELSIF whom.erased_at IS NOT NULL OR whom.name IS NULL THEN
    RAISE EXCEPTION 'There is no such customer, or no more: they were erased.'
      USING ERRCODE = 'DK409', CONSTRAINT = 'erased';
  END IF;
{lock_again}
  SELECT array_agg(lower(email)) INTO addresses FROM (
    SELECT email FROM public.desk_customer WHERE id = erased UNION
    SELECT email FROM public.desk_user WHERE id = (SELECT user_id FROM public.desk_customer WHERE id = erased)
  ) written;
  UPDATE public.desk_customer SET erased_at = now() WHERE id = erased;
  PERFORM set_config('desk.maintenance', 'erase', true);
{erasing}
  PERFORM set_config('desk.maintenance', '', true);
{record}
  RETURN touched;
END $$;
"""

EXPIRE = """
CREATE OR REPLACE FUNCTION desk_expire_history(until timestamptz, why text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE touched bigint := 0; n bigint;
BEGIN
{require_administrator}
  IF until > now() - interval '{kept_at_least} days' THEN
    RAISE EXCEPTION 'History is kept for at least {kept_at_least} days. Name an earlier moment.'
      USING ERRCODE = 'DK400', COLUMN = 'before';
  END IF;
  PERFORM set_config('desk.maintenance', 'expire', true);
{expiring}
  PERFORM set_config('desk.maintenance', '', true);
{record}
  RETURN touched;
END $$;
"""


def _functions() -> str:
    """The SQL of the two functions, made from what each model says of itself."""
    erase = ERASE.format(
        require_administrator=REQUIRE_ADMINISTRATOR,
        lock="\n".join(_locking("FOR UPDATE")),
        lock_again="\n".join(_locking("FOR UPDATE NOWAIT")),
        erasing=_counted(_erasing()),
        record=RECORD.format(values="'erase', erased, NULL"),
    )
    expire = EXPIRE.format(
        require_administrator=REQUIRE_ADMINISTRATOR,
        kept_at_least=KEPT_AT_LEAST_DAYS,
        expiring=_counted(_expiring()),
        record=RECORD.format(values="'expire', NULL, until"),
    )
    return erase + expire


def _counted(statements: Iterator[str]) -> str:
    return "\n".join(f"  {one};\n  GET DIAGNOSTICS n = ROW_COUNT; touched := touched + n;" for one in statements)


def _locking(strength: str) -> Iterator[str]:
    for model in map(apps.get_model, LOCKED_FIRST):
        yield f'  PERFORM FROM public."{model._meta.db_table}" WHERE {_of_erased(model)} ORDER BY id {strength};'


def _erasing() -> Iterator[str]:
    """What names others first, the people last: the conditions of the others read the people's rows."""
    about: list[Any] = [model for model in apps.get_models() if getattr(model, "about_customers", "")]
    about.sort(key=lambda model: model in (User, Customer))
    yield from map(_admin_log_of, about)
    for table, tombstones in KEPT_BY_LIBRARIES.items():
        yield f'UPDATE public."{table}" SET {_assigned(tombstones)} WHERE lower(username) = ANY (addresses)'
    for model in about:
        personal = dict(model.personal)
        if personal:
            yield _tombstones(model, model._meta.db_table, personal)
        if issubclass(model, AuditedModel):
            said = "CASE history_change_reason WHEN '' THEN '' ELSE '[erased]' END"
            yield _tombstones(model, history_model_of(model)._meta.db_table, personal | {"history_change_reason": said})


def _tombstones(model: Any, table: str, personal: Mapping[str, str]) -> str:
    """Only rows that change: a version that says nothing new is no version.

    The columns are named with their table, since one may be called like an argument of the function (why).
    """
    columns = ", ".join(f'"{table}"."{column}"' for column in personal)
    differs = f"ROW({columns}) IS DISTINCT FROM ROW({', '.join(personal.values())})"
    return f'UPDATE public."{table}" SET {_assigned(personal)} WHERE {_of_erased(model)} AND {differs}'


def _assigned(tombstones: Mapping[str, str]) -> str:
    return ", ".join(f'"{column}" = {tombstone}' for column, tombstone in tombstones.items())


def _admin_log_of(model: Any) -> str:
    """Django's log of admin forms prints what it is about."""
    rows = f'SELECT id::text FROM public."{model._meta.db_table}" WHERE {_of_erased(model)}'
    kind = f"app_label = '{model._meta.app_label}' AND model = '{model._meta.model_name}'"
    return f"""UPDATE public.django_admin_log SET object_repr = {ERASED}, change_message = '' WHERE content_type_id =
    (SELECT id FROM public.django_content_type WHERE {kind}) AND object_id IN ({rows})"""


def _expiring() -> Iterator[str]:
    held = "SELECT id FROM public.desk_customer WHERE legal_hold"
    for model in audited_models():
        table = history_model_of(model)._meta.db_table
        keep = f" AND NOT coalesce({_of(model, held)}, false)" if model.about_customers else ""
        yield f'DELETE FROM public."{table}" WHERE history_date < until{keep}'


def _of_erased(model: Any) -> str:
    return _of(model, "SELECT erased")


def _of(model: Any, customers: str) -> str:
    condition: str = model.about_customers.format(customers=customers)
    return f"({condition})"
