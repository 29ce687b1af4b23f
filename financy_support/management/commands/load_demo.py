"""manage.py load_demo: demo people, and a week of their tickets, told in stories and played through the verbs."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from financy_support.demo.astray import go_astray
from financy_support.demo.knowing import show_knowledge
from financy_support.demo.mail import settle_old_mail
from financy_support.demo.people import hire
from financy_support.demo.play import play
from financy_support.demo.story import read_stories
from financy_support.desk.people.tier import SupportTier
from financy_support.desk.people.user import User
from financy_support.engines import database_now
from tickets.models import Ticket

VARIABLE = "DESK_DEMO_PASSWORD"
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('load_demo', 0))"


class Command(BaseCommand):
    help = f"Load demo people and tickets; log-ins get the password in {VARIABLE}. Twice changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "DESK_ENV is production: people who share one password have no place there."
                " Load the demo into a desk of its own (make run)."
            )
        if not SupportTier.objects.exists():
            raise CommandError("The handbook is not loaded yet. Run manage.py load_guide before.")
        password, is_made_up = _password()
        at = database_now()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
            people, tickets, noted, leaving = _load(password, at)
        if not people and not tickets:
            self.stdout.write("Demo people and tickets are all here; nothing was changed.")
            return
        self.stdout.write(f"Added {people} demo people and {len(tickets)} tickets: {_by_status(tickets)}.")
        self.stdout.write(f"Mail: {noted} of the past noted as delivered, {leaving} of the last hour leave now.")
        if is_made_up:
            self.stdout.write(f"Password of every demo log-in that is new: {password}")


def _load(password: str, at: datetime) -> tuple[int, list[Ticket], int, int]:
    """All or nothing, in the caller's transaction: no engine meets a ticket whose story is half told."""
    cast = hire(password=password, at=at)
    stories = read_stories()
    known = set(Ticket.objects.filter(source__in=[one.source for one in stories]).values_list("source", flat=True))
    tickets = play([story for story in stories if story.source not in known], cast, now=at)
    noted, leaving = settle_old_mail(tickets, now=at)
    if tickets and not known:
        go_astray(tickets, cast, at=at)
        show_knowledge(cast, at=at)
    return cast.added, tickets, noted, leaving


def _password() -> tuple[str, bool]:
    given = os.environ.get(VARIABLE, "")
    if not given:
        return secrets.token_urlsafe(12), True
    try:
        validate_password(given, User(name="Demo"))
    except ValidationError as error:
        raise CommandError(f"{VARIABLE} is refused: {' '.join(error.messages)}") from error
    return given, False


def _by_status(tickets: list[Ticket]) -> str:
    counts = Counter(Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).values_list("status", flat=True))
    return ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in counts.most_common())
