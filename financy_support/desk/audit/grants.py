"""What the runtime log-in may do: everything the verbs need, nothing that rewrites the past."""

from __future__ import annotations

from django.conf import settings
from django.db import connections, transaction

from financy_support.desk.audit.triggers import append_only_models, audited_models, history_model_of

# PostgreSQL lets everybody call a new function. Triggers fire without that right, and call desk_actor() as the owner.
KEEP_FUNCTIONS = r"""
DO $$ DECLARE one regprocedure; BEGIN
  FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'desk\_%' LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
  END LOOP;
END $$
"""


def grant_runtime(using: str) -> None:
    """Give the runtime role its rights again, idempotently (design §3 'Audit').

    History: SELECT. Append-only records: SELECT and INSERT. Others: SELECT, INSERT, UPDATE, DELETE. TRUNCATE nowhere.
    No function of the desk's, no table of its own, not even a temporary one.
    When one log-in is both owner and runtime it keeps all rights (``check --deploy`` warns of that).
    """
    with connections[using].cursor() as cursor:
        cursor.execute(KEEP_FUNCTIONS)
    role = settings.DATABASES["default"]["USER"]
    if role == settings.DATABASES["owner"]["USER"]:
        return
    names = (role, connections[using].settings_dict["NAME"])
    quoted, database = (connections[using].ops.quote_name(name) for name in names)
    histories = [history_model_of(model)._meta.db_table for model in audited_models()]
    append_only = [model._meta.db_table for model in append_only_models()]
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(f"""
            GRANT USAGE ON SCHEMA public TO {quoted};
            REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quoted};
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted};
            GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted};
            REVOKE INSERT, UPDATE, DELETE ON desk_guideedition, desk_maintenancerecord, django_migrations FROM {quoted};
            REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
        """)
        for table in histories:
            cursor.execute(f'REVOKE INSERT, UPDATE, DELETE ON "{table}" FROM {quoted}')
        for table in append_only:
            cursor.execute(f'REVOKE UPDATE, DELETE ON "{table}" FROM {quoted}')
