"""manage.py deliver: drain the outbox once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from communications.outbox import deliver
from financy_support.engines import database_now


class Command(BaseCommand):
    help = "Send every message that is due now."

    def handle(self, *args: Any, **options: Any) -> None:
        outcomes = deliver(database_now())
        self.stdout.write(
            ", ".join(f"{outcome}: {count}" for outcome, count in sorted(outcomes.items())) or "Nothing is due."
        )
