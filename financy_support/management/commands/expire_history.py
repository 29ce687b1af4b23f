"""manage.py expire_history --before DATE --by ADMIN --reason WHY: old versions go, legal holds are respected.

Needs the owner's log-in (DATABASE_OWNER_URL), as erase_customer does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from financy_support.desk.audit.acting import acting
from financy_support.desk.audit.maintenance import OWNER, expire_history
from financy_support.desk.errors import DeskError
from financy_support.management.commands.erase_customer import administrator


class Command(BaseCommand):
    help = "Delete versions made before a day at least a year ago, in the name of an administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before", required=True, help="ISO day, e.g. 2024-01-01 (UTC).")
        parser.add_argument("--by", required=True, help="The administrator in whose name it is done.")
        parser.add_argument("--reason", required=True, help="Why; kept for ever.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            before = datetime.fromisoformat(options["before"]).replace(tzinfo=UTC)
        except ValueError as error:
            raise CommandError(f"--before {options['before']!r} is no ISO day. Use e.g. 2024-01-01.") from error
        by = administrator(options["by"])
        try:
            with acting(by=by, channel="command", reason=options["reason"], using=OWNER) as act:
                gone = expire_history(before=before, reason=options["reason"], by=by, at=act.at)
        except DeskError as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"{gone} old versions deleted.")
