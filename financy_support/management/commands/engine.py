"""manage.py engine: the stand-by loop that runs sweep and deliver when no worker has for five seconds."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection

from financy_support.engines import stand_in

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Stand by for the workers: once a second, run each engine that has been silent for five seconds."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.wait(1):
            try:
                close_old_connections()
                for engine in stand_in():
                    log.info("Stood in for %s.", engine)
            except Exception:  # whatever it was, the next second tries again
                log.warning("The stand-by engine failed once.", exc_info=True)
                connection.close()
