"""issue_token EMAIL: gives a person or tool a bearer token and prints only that, once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from financy_support.api.models import ApiToken, digest_of, new_secret
from financy_support.api.scopes import Scope
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, User, UserKind, system_actor

LONGEST_LIFE = 366  # days


class Command(BaseCommand):
    """`manage.py issue_token EMAIL [--scope …] [--days N] [--name …]`."""

    help = "Print a new API token of a person or tool. It is shown once; only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="whose token; find them in the admin under Users")
        parser.add_argument(
            "--scope", action="append", default=[], metavar="SCOPE", help=f"one of: {_scopes()}; repeatable"
        )
        parser.add_argument(
            "--days", type=int, default=90, help=f"how long it works, 1 to {LONGEST_LIFE} days (default 90)"
        )
        parser.add_argument("--name", default="issued on the command line", help="what it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        person = _person(options["email"])
        scopes = _known_scopes(options["scope"], person)
        if not 1 <= options["days"] <= LONGEST_LIFE:
            raise CommandError(f"--days {options['days']} is refused: choose 1 to {LONGEST_LIFE}.")
        secret = new_secret()
        reason = f"issue_token: {options['name']}"
        with acting(by=system_actor(SystemActor.CONSOLE), channel="command", reason=reason) as act:
            ApiToken.objects.create(
                user=person,
                name=options["name"][:100],
                digest=digest_of(secret),
                scopes=scopes,
                created_at=act.at,
                expires_at=act.at + timedelta(days=options["days"]),
            )
        self.stdout.write(secret)


def _person(email: str) -> User:
    person = User.objects.filter(email__iexact=email).first()
    if person is None:
        raise CommandError(f"Nobody has the e-mail {email}. Check the spelling, or add them in the admin under Users.")
    if not person.is_active or person.kind == UserKind.SYSTEM:
        raise CommandError(f"{email} cannot log in: only active people and tools get tokens.")
    return person


def _known_scopes(said: list[str], person: User) -> list[str]:
    unknown = sorted(set(said) - set(Scope.values))
    if unknown:
        raise CommandError(f"Unknown scope: {', '.join(unknown)}. Known: {_scopes()}.")
    if person.kind == UserKind.TOOL and not said:
        raise CommandError(
            f"{person.email} is a tool, which may only do what its token names: add --scope ({_scopes()})."
        )
    return sorted(set(said))


def _scopes() -> str:
    return ", ".join(Scope.values)
