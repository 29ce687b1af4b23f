"""The SQL by which PostgreSQL itself keeps history: installed after every migrate, the same for every record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections, models, transaction

from financy_support.desk.audit.audited_model import AppendOnlyModel, AuditedModel

# The pinned search_path keeps anybody from putting a pg_class of their own before the real one.
REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION desk_refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Only the owner's two functions (erase_customer, expire_history) set this, and only the owner may use it.
  IF current_setting('desk.maintenance', true) IN ('erase', 'expire') AND TG_OP <> 'TRUNCATE'
     AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_catalog.pg_class WHERE oid = TG_RELID) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION '% on % refused: this record is append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
"""

REQUIRE_ACTOR = """
CREATE OR REPLACE FUNCTION desk_actor() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE actor text := current_setting('desk.actor', true);
BEGIN
  IF actor IS NULL OR actor = '' THEN
    RAISE EXCEPTION 'no actor: open acting(by=..., channel=...) before changing audited records'
      USING ERRCODE = 'DK001';
  END IF;
  RETURN actor::bigint;
END $$;
"""

# One function a table. It copies the changed rows and joins nothing (joining old and new rows took minutes, tried).
# SECURITY DEFINER with a pinned search_path: the runtime role may only read history. On any other table than its own
# it refuses, or a table of somebody's own making could feed it rows that never were.
RECORD_HISTORY = """
CREATE OR REPLACE FUNCTION "{function}"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_RELID <> 'public."{table}"'::regclass THEN
    RAISE EXCEPTION 'only {table} has its history recorded here' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN
    INSERT INTO public."{history}" ({columns}, history_date, history_change_reason, history_type, history_user_id,
                                    history_channel, history_request_id)
    SELECT {columns}, clock_timestamp(), coalesce(current_setting('desk.reason', true), ''), '-', public.desk_actor(),
           current_setting('desk.channel'), current_setting('desk.request_id') FROM old_rows;
  ELSE
    INSERT INTO public."{history}" ({columns}, history_date, history_change_reason, history_type, history_user_id,
                                    history_channel, history_request_id)
    SELECT {columns}, clock_timestamp(), coalesce(current_setting('desk.reason', true), ''),
           CASE TG_OP WHEN 'INSERT' THEN '+' ELSE '~' END, public.desk_actor(),
           current_setting('desk.channel'), current_setting('desk.request_id') FROM new_rows;
  END IF;
  RETURN NULL;
END $$;
"""

RECORD_TRIGGERS = """
CREATE OR REPLACE TRIGGER desk_history_insert AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "{function}"();
CREATE OR REPLACE TRIGGER desk_history_update AFTER UPDATE ON "{table}" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "{function}"();
CREATE OR REPLACE TRIGGER desk_history_delete AFTER DELETE ON "{table}" REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "{function}"();
CREATE OR REPLACE TRIGGER desk_refuse_truncate BEFORE TRUNCATE ON "{table}"
  FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse_change();
"""

GUARD_TRIGGERS = """
CREATE OR REPLACE TRIGGER desk_refuse_change BEFORE UPDATE OR DELETE ON "{table}"
  FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse_change();
CREATE OR REPLACE TRIGGER desk_refuse_truncate BEFORE TRUNCATE ON "{table}"
  FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse_change();
"""

NEW_EDITION = """
CREATE OR REPLACE FUNCTION desk_new_guide_edition() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN UPDATE public.desk_guideedition SET edition = gen_random_uuid(); RETURN NULL; END $$;
"""

EDITION_TRIGGER = """
CREATE OR REPLACE TRIGGER desk_new_guide_edition AFTER INSERT OR UPDATE OR DELETE ON "{table}"
  FOR EACH STATEMENT EXECUTE FUNCTION desk_new_guide_edition();
"""


def install_audit(using: str) -> None:
    """Create or replace every audit function, trigger and grant in one transaction; safe to run at any time.

    Runs as the owner after each ``migrate`` (design §3 'Audit'). Nothing in a trigger can be switched off by the
    runtime role, so there is no ignore clause and no need of one.
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(REFUSE_CHANGE + REQUIRE_ACTOR + NEW_EDITION)
        cursor.execute(
            "INSERT INTO desk_guideedition (id, edition) VALUES (1, gen_random_uuid()) ON CONFLICT DO NOTHING"
        )
        for model in audited_models():
            names = _names(model)
            cursor.execute(RECORD_HISTORY.format(**names) + RECORD_TRIGGERS.format(**names))
            cursor.execute(GUARD_TRIGGERS.format(table=names["history"]))
            if model.is_guide:
                cursor.execute(EDITION_TRIGGER.format(table=names["table"]))
        for record in append_only_models():
            cursor.execute(GUARD_TRIGGERS.format(table=record._meta.db_table))


def audited_models() -> Iterator[type[AuditedModel]]:
    """Every model whose rows have history."""
    return (model for model in apps.get_models() if issubclass(model, AuditedModel))


def append_only_models() -> Iterator[type[AppendOnlyModel]]:
    """Every model that is its own history."""
    return (model for model in apps.get_models() if issubclass(model, AppendOnlyModel))


def history_model_of(model: type[AuditedModel]) -> Any:
    """The historical twin that simple-history made."""
    return model.history.model


def copied_columns(model: type[AuditedModel]) -> list[str]:
    """Columns that both the record and its history have: generated and excluded ones are left out."""
    twin = {field.column for field in history_model_of(model)._meta.concrete_fields}
    return [
        str(field.column)
        for field in model._meta.concrete_fields
        if field.column in twin and not isinstance(field, models.GeneratedField)
    ]


def _names(model: type[AuditedModel]) -> dict[str, str]:
    table = model._meta.db_table
    return {
        "table": table,
        "history": history_model_of(model)._meta.db_table,
        "function": f"desk_record_{table}",
        "columns": ", ".join(f'"{column}"' for column in copied_columns(model)),
    }
