"""Creates the desk's own hands, so that every history row has somebody's name from the first one on."""

from django.db import connections, transaction

from financy_support.desk.people.user import SystemActor, User, UserKind


def create_system_actors(using: str) -> None:
    """Insert missing system users, in the installer's name; ids are fixed, the people after them start at 100."""
    missing = set(SystemActor.values) - set(
        User.objects.using(using).filter(pk__in=SystemActor.values).values_list("pk", flat=True)
    )
    if not missing:
        return
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT set_config('desk.actor', %s, true), set_config('desk.channel', 'migrate', true),"
            " set_config('desk.reason', 'system actors', true), set_config('desk.request_id', 'migrate', true)",
            [str(int(SystemActor.INSTALLER))],
        )
        User.objects.using(using).bulk_create(
            User(
                pk=actor,
                email=f"{SystemActor(actor).name.lower()}@desk.invalid",
                name=SystemActor(actor).label,
                kind=UserKind.SYSTEM,
                password="!",  # noqa: S106  nobody logs in as the system: this matches no password
            )
            for actor in sorted(missing)
        )
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('desk_user', 'id'), greatest(100, (SELECT max(id) FROM desk_user)))"
        )
