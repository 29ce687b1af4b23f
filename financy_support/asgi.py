"""The live door: an ASGI application for granian that streams conversations. A small process without Django's apps."""

import logging.config
import os

from django.conf import settings
from psycopg.conninfo import make_conninfo

from tickets.live.app import LiveDesk
from tickets.live.hint_names import hints_of
from tickets.live.switchboard import Switchboard

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "financy_support.settings")
logging.config.dictConfig(settings.LOGGING)


def switchboard() -> Switchboard:
    """On the desk's own database and broker."""
    database = settings.DATABASES["default"]
    address = {
        "host": database["HOST"],
        "port": database["PORT"],
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
    }
    return Switchboard(
        database=make_conninfo(**{name: value for name, value in address.items() if value}),
        broker=settings.CELERY_BROKER_URL,
        channel=hints_of(database["NAME"]),
        most_streams=settings.DESK_LIVE_STREAMS,
    )


application = LiveDesk(switchboard)
