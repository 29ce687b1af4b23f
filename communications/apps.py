"""Communications: saying things to people, and proving it was said."""

from django.apps import AppConfig


class CommunicationsConfig(AppConfig):
    name = "communications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from communications.handlers import switch_off_deaf_endpoint
        from communications.models import Delivery, Destination, WebhookEndpoint
        from communications.purposes import register_purposes
        from communications.signals import delivery_failed
        from communications.trials import PURPOSES
        from communications.visible import destinations_seen_by, endpoints_seen_by, staff_seen_by
        from financy_support.desk.models import User
        from financy_support.desk.subjects import register_subject

        register_purposes(*PURPOSES)
        register_subject(User, staff_seen_by)
        register_subject(Destination, destinations_seen_by)
        register_subject(WebhookEndpoint, endpoints_seen_by)
        delivery_failed.connect(
            switch_off_deaf_endpoint, sender=Delivery, dispatch_uid="communications.switch_off_deaf_endpoint"
        )
