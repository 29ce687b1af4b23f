"""Communications: saying things to people, and proving it was said."""

from django.apps import AppConfig


class CommunicationsConfig(AppConfig):
    name = "communications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from communications.models import Destination
        from communications.purposes import register_purposes
        from communications.trials import PURPOSES
        from communications.visible import destinations_seen_by, staff_seen_by
        from financy_support.desk.models import User
        from financy_support.desk.subjects import register_subject

        register_purposes(*PURPOSES)
        register_subject(User, staff_seen_by)
        register_subject(Destination, destinations_seen_by)
