"""manage.py sweep --at TIME: one full sweep of all deadlines as of a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from financy_support.desk.time.sweeper import sweep
from financy_support.engines import database_now


class Command(BaseCommand):
    help = "Act on every deadline that is due by a moment (now when none is given)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", help="ISO time, e.g. 2026-11-23T18:00:00Z; without a zone it is UTC.")

    def handle(self, *args: Any, **options: Any) -> None:
        report = sweep(_moment(options["at"]) if options["at"] else database_now())
        for (table, kind, passing), count in sorted(report.passed.items()):
            self.stdout.write(f"{table} {kind} {passing}: {count}")
        self.stdout.write(f"{report.total} deadlines passed, {report.failed} failed and wait for their retry.")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--at {text!r} is no ISO time. Use e.g. 2026-11-23T18:00:00Z.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
