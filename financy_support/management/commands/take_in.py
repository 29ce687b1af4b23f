"""manage.py take_in: take in the mail that waits at the door, once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from financy_support.engines import database_now
from tickets.take_in import take_in


class Command(BaseCommand):
    help = "Take in every mail that waits, once, and say what became of it."

    def handle(self, *args: Any, **options: Any) -> None:
        states = take_in(database_now())
        said = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(states.items()))
        self.stdout.write(f"{said or 'Nothing waits'}.")
