"""manage.py engine: runs the three engines when no worker has for five seconds; and the watcher."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection

from financy_support.engines import ENGINES, database_now, stand_in
from financy_support.watch import Watcher

log = logging.getLogger(__name__)

LOOK_EVERY = 10.0  # seconds


class Command(BaseCommand):
    help = "Stand by for the workers, and alert when words are late: DESK_ALERT_URL, DESK_ALERT_ADDRESS."

    def handle(self, *args: Any, **options: Any) -> None:
        """A thread an engine, so that a mail server that hangs never makes a promise late."""
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        threads = [threading.Thread(target=stand_by, args=(engine, stopping), name=engine) for engine in ENGINES]
        threads.append(threading.Thread(target=watch, args=(stopping,), name="watch"))
        for thread in threads:
            thread.start()
        stopping.wait()
        for thread in threads:
            thread.join()


def watch(stopping: threading.Event) -> None:
    """Look every ten seconds whether words are late."""
    watcher = Watcher()
    while not stopping.wait(LOOK_EVERY):
        try:
            close_old_connections()
            watcher.look(database_now())
        except Exception:  # whatever it was, the next look tries again
            log.warning("The watcher failed once.", exc_info=True)
            connection.close()
    connection.close()


def stand_by(engine: str, stopping: threading.Event) -> None:
    """Look once a second whether ``engine`` needs somebody, until ``stopping`` is set."""
    last_run: datetime | None = None
    while not stopping.wait(1):
        try:
            close_old_connections()
            this_run = stand_in(engine, last_run)
            if this_run and not last_run:
                log.warning("Nobody runs %s: standing in.", engine)
            if last_run and not this_run:
                log.warning("Somebody runs %s again: standing by.", engine)
            last_run = this_run
        except Exception:  # whatever it was, the next second tries again
            log.warning("The stand-by for %s failed once.", engine, exc_info=True)
            connection.close()
    connection.close()
