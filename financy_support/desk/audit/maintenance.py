"""The owner's two functions, the only ones that may touch what was kept: erase a customer, expire old history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, connections, models
from django.dispatch import Signal

from financy_support.desk.audit.acting import current_act
from financy_support.desk.audit.audited_model import AppendOnlyModel, AuditedModel
from financy_support.desk.audit.triggers import audited_models, history_model_of
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User

KEPT_AT_LEAST_DAYS = 365

# Somebody was erased. Argument: customer (Customer). In the same transaction; files are removed once it commits.
customer_erased = Signal()


class MaintenanceRecord(AppendOnlyModel):
    """That somebody used one of the two functions, when, why, and how many rows it touched."""

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

    The facts stay: times, states, who acted. The log-in is closed. Returns how many rows were touched.
    Raises NotAllowed for others than administrators, Conflict under legal hold or when erased already.
    """
    _require_administrator(by, reason)
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    if locked.legal_hold:
        raise Conflict(f"{locked} is under legal hold: nothing may be erased. Lift the hold before.", code="legal_hold")
    if locked.erased_at:
        raise Conflict("This customer was erased already.", code="erased")
    locked.erased_at = at
    locked.save(update_fields=["erased_at"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT desk_erase_customer(%s)", [locked.pk])
        touched: int = cursor.fetchone()[0]
    MaintenanceRecord.objects.create(kind="erase", customer=locked, reason=reason, rows_touched=touched, at=at, by=by)
    customer_erased.send(sender=Customer, customer=locked)
    return touched


def expire_history(*, before: datetime, reason: str, by: User, at: datetime) -> int:
    """Delete versions made before a moment at least a year ago, except those of customers under legal hold.

    Returns how many versions went. Raises NotAllowed for others than administrators, Invalid for a later moment.
    """
    _require_administrator(by, reason)
    if (at - before).days < KEPT_AT_LEAST_DAYS:
        raise Invalid(
            f"History is kept for at least {KEPT_AT_LEAST_DAYS} days. Name an earlier moment.", field="before"
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT desk_expire_history(%s)", [before])
        touched: int = cursor.fetchone()[0]
    MaintenanceRecord.objects.create(kind="expire", before=before, reason=reason, rows_touched=touched, at=at, by=by)
    return touched


def install_maintenance(using: str) -> None:
    """Create or replace the two functions, after each migrate."""
    with connections[using].cursor() as cursor:
        cursor.execute(_functions())


def _functions() -> str:
    """The SQL of the two functions, made from what each model says of itself."""
    erasing = "\n".join(_erasing())
    expiring = "\n".join(_expiring())
    return f"""
CREATE OR REPLACE FUNCTION desk_erase_customer(erased bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE touched bigint := 0; n bigint;
BEGIN
  PERFORM public.desk_actor();
  IF EXISTS (SELECT 1 FROM desk_customer WHERE id = erased AND (legal_hold OR erased_at IS NULL)) THEN
    RAISE EXCEPTION 'customer % is under legal hold, or not marked as erased', erased;
  END IF;
  PERFORM set_config('desk.maintenance', 'erase', true);
{erasing}
  PERFORM set_config('desk.maintenance', '', true);
  RETURN touched;
END $$;
CREATE OR REPLACE FUNCTION desk_expire_history(before timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE touched bigint := 0; n bigint;
BEGIN
  PERFORM public.desk_actor();
  IF before > now() - interval '{KEPT_AT_LEAST_DAYS} days' THEN
    RAISE EXCEPTION 'history is kept for at least {KEPT_AT_LEAST_DAYS} days';
  END IF;
  PERFORM set_config('desk.maintenance', 'expire', true);
{expiring}
  PERFORM set_config('desk.maintenance', '', true);
  RETURN touched;
END $$;
"""


def _require_administrator(by: User, reason: str) -> None:
    current_act(by)
    if not by.is_superuser:
        raise NotAllowed("Only administrators erase or expire. Ask one.")
    if not reason.strip():
        raise Invalid("Say why: the reason is kept for ever.", field="reason")


def _erasing() -> Iterator[str]:
    """Words first, the customer last: the conditions of the others read the customer's row, never its words."""
    for model in apps.get_models():
        personal = getattr(model, "personal", {})
        if not personal:
            continue
        columns = ", ".join(f'"{column}" = {tombstone}' for column, tombstone in personal.items())
        tables = [(model._meta.db_table, columns)]
        if issubclass(model, AuditedModel):
            reason = "history_change_reason = CASE history_change_reason WHEN '' THEN '' ELSE '[erased]' END"
            tables.append((history_model_of(model)._meta.db_table, f"{columns}, {reason}"))
        for table, assignments in tables:
            yield f'  UPDATE public."{table}" SET {assignments} WHERE {_of(model, "SELECT erased")};'
            yield "  GET DIAGNOSTICS n = ROW_COUNT; touched := touched + n;"


def _expiring() -> Iterator[str]:
    held = "SELECT id FROM public.desk_customer WHERE legal_hold"
    for model in audited_models():
        table = history_model_of(model)._meta.db_table
        keep = f" AND NOT coalesce({_of(model, held)}, false)" if model.about_customers else ""
        yield f'  DELETE FROM public."{table}" WHERE history_date < before{keep};'
        yield "  GET DIAGNOSTICS n = ROW_COUNT; touched := touched + n;"


def _of(model: Any, customers: str) -> str:
    condition: str = model.about_customers.format(customers=customers)
    return f"({condition})"
