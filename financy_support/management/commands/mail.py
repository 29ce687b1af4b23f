"""manage.py mail: the doors by which mail comes in, SMTP and LMTP listeners and the poller of IMAP mailboxes."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection

from communications.inbound.mailbox import KIND, read_mailbox
from communications.inbound.smtp_door import Listen, doors_of, open_door
from communications.models import MailboxPlace, ProviderAccount
from financy_support.engines import database_now

log = logging.getLogger(__name__)

EVERY = 20.0  # seconds between two looks into the mailboxes


class Command(BaseCommand):
    help = "Listen on DESK_MAIL_LISTEN and look into the mailboxes of the provider accounts of kind imap."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="look into the mailboxes once and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{look_into_mailboxes()} new mails.")
            return
        stopping = threading.Event()
        poller = threading.Thread(target=poll, args=(stopping,), name="poller")
        poller.start()
        try:
            asyncio.run(listen(doors_of(settings.DESK_MAIL_LISTEN)))
        finally:
            stopping.set()
            poller.join()


async def listen(doors: list[Listen]) -> None:
    """Hold the doors open until SIGTERM or SIGINT; mails under way are answered before."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    servers = [await open_door(door) for door in doors]
    await stop.wait()
    for server in servers:
        server.close()


def poll(stopping: threading.Event) -> None:
    """Look into every mailbox, again and again, until ``stopping`` is set."""
    while not stopping.is_set():
        try:
            close_old_connections()
            look_into_mailboxes()
        except Exception:  # the database is away: the next look tries again
            log.warning("The mailboxes could not be looked into.", exc_info=True)
            connection.close()
        stopping.wait(EVERY)
    connection.close()


def look_into_mailboxes() -> int:
    """Each in turn; one that is away says so on its account's page and holds up no other."""
    new = 0
    for account in ProviderAccount.objects.filter(kind=KIND, is_active=True):
        try:
            new += read_mailbox(account, at=database_now())
        except Exception as error:
            log.warning("Mailbox %s: %s.", account.name, type(error).__name__)
            said = f"{type(error).__name__}: {error}"[:1000]
            MailboxPlace.objects.update_or_create(account=account, defaults={"problem": said})
    return new
