"""manage.py reseal: seal every secret with the newest of DESK_FIELD_KEYS; afterwards the older ones can go."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from communications.workflow.reseal_secrets import reseal_secrets
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import DeskError
from financy_support.desk.people.user import SystemActor, system_actor
from financy_support.engines import database_now


class Command(BaseCommand):
    help = "Seal the secrets of provider accounts and webhooks with the first of DESK_FIELD_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        console = system_actor(SystemActor.CONSOLE)
        try:
            with acting(by=console, channel="command", reason="reseal"):
                count = reseal_secrets(by=console, at=database_now())
        except DeskError as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(f"{count} sealed with the newest key. Older keys may leave DESK_FIELD_KEYS now.")
