"""What the runtime log-in may do: everything the verbs need, nothing that rewrites the past."""

from __future__ import annotations

from django.conf import settings
from django.db import connections, transaction

from financy_support.desk.audit.triggers import append_only_models, audited_models, history_model_of


def grant_runtime(using: str) -> None:
    """Give the runtime role its rights again, idempotently (design §3 'Audit').

    History: SELECT. Append-only records: SELECT and INSERT. Others: SELECT, INSERT, UPDATE, DELETE. TRUNCATE nowhere.
    Does nothing when one log-in is both owner and runtime (``check --deploy`` warns of that).
    """
    role = settings.DATABASES["default"]["USER"]
    if role == settings.DATABASES["owner"]["USER"]:
        return
    quoted = connections[using].ops.quote_name(role)
    histories = [history_model_of(model)._meta.db_table for model in audited_models()]
    append_only = [model._meta.db_table for model in append_only_models()]
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(f"""
            GRANT USAGE ON SCHEMA public TO {quoted};
            REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quoted};
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted};
            GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted};
            REVOKE INSERT, UPDATE, DELETE ON desk_guideedition, django_migrations FROM {quoted};
        """)
        for table in histories:
            cursor.execute(f'REVOKE INSERT, UPDATE, DELETE ON "{table}" FROM {quoted}')
        for table in append_only:
            cursor.execute(f'REVOKE UPDATE, DELETE ON "{table}" FROM {quoted}')
