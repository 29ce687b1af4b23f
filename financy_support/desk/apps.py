"""The floor: people, time, audit."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class DeskConfig(AppConfig):
    name = "financy_support.desk"
    label = "desk"
    verbose_name = "Desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from financy_support.desk import checks  # noqa: F401
        from financy_support.desk.time.instants import read_instants_quickly

        connection_created.connect(read_instants_quickly, dispatch_uid="desk.read_instants_quickly")

        post_migrate.connect(keep_history, sender=self, dispatch_uid="desk.keep_history")


def keep_history(using: str, **_: Any) -> None:
    """After every migrate: triggers, rights and the system's own actors are as the code says."""
    from financy_support.desk.audit.grants import grant_runtime
    from financy_support.desk.audit.maintenance import install_maintenance
    from financy_support.desk.audit.triggers import install_audit
    from financy_support.desk.people.system_actors import create_system_actors

    install_audit(using)
    install_maintenance(using)
    create_system_actors(using)
    grant_runtime(using)
