"""The databases that figures are taken on: one a size, made once, each with the limits beside it."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from tests.benchmarks.people import hire
from tests.benchmarks.seed import seed

ROOT = Path(__file__).parents[2]
WHAT_MAKES_A_DATABASE = (
    "*/migrations/*.py",
    "financy_support/*/migrations/*.py",
    "financy_support/desk/audit/triggers.py",
    "tests/benchmarks/seed*",
)


@dataclass(frozen=True)
class Database:
    """One database by name."""

    name: str
    tickets: int

    def enter(self) -> None:
        """Let this process's connections lead here."""
        for alias in connections:
            connections[alias].close()
            settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = self.name

    def environment(self) -> dict[str, str]:
        """The variables that lead a process here."""
        return {name: _to(os.environ[name], self.name) for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}

    @contextmanager
    def owner(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection of the owner, each statement committed."""
        with psycopg.connect(_to(os.environ["DATABASE_OWNER_URL"], self.name), autocommit=True) as owner:
            yield owner

    def copy(self, name: str) -> Database:
        """A throw-away database with the same rows; nobody may be connected to this one."""
        for alias in connections:
            connections[alias].close()
        copy = Database(f"{self.name}_{name}", self.tickets)
        with administering() as owner:
            owner.execute(f'DROP DATABASE IF EXISTS "{copy.name}" WITH (FORCE)')
            owner.execute(f'CREATE DATABASE "{copy.name}" TEMPLATE "{self.name}"')
        return copy


def database_of(tickets: int) -> Database:
    """The seeded database with this many tickets, made unless it is there from an earlier run of the same code."""
    digest = _digest()
    database = Database(f"bench_{digest}_{tickets}", tickets)
    with administering() as owner:
        known = [name for (name,) in owner.execute("SELECT datname FROM pg_database WHERE datname LIKE 'bench_%'")]
        for name in known:
            if not name.startswith(f"bench_{digest}"):
                owner.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        if database.name in known:
            return database
        empty = f"bench_{digest}_empty"
        if empty not in known:
            _make_empty(owner, empty)
        draft = Database(f"{database.name}_draft", tickets)
        owner.execute(f'DROP DATABASE IF EXISTS "{draft.name}" WITH (FORCE)')
        owner.execute(f'CREATE DATABASE "{draft.name}" TEMPLATE "{empty}"')
        draft.enter()
        print(f"Seeding {tickets:,} tickets.", file=sys.stderr, flush=True)
        seed(tickets)
        _leave()
        owner.execute(f'ALTER DATABASE "{draft.name}" RENAME TO "{database.name}"')
    return database


@contextmanager
def administering() -> Iterator[psycopg.Connection[Any]]:
    """A connection of the owner to a database that nothing is measured on."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        yield owner


def _make_empty(owner: psycopg.Connection[Any], name: str) -> None:
    """Migrated, with the guide and the people who work here."""
    draft = Database(f"{name}_draft", 0)
    owner.execute(f'DROP DATABASE IF EXISTS "{draft.name}" WITH (FORCE)')
    owner.execute(f'CREATE DATABASE "{draft.name}"')
    draft.enter()
    call_command("migrate", verbosity=0)
    call_command("load_guide", verbosity=0, stdout=io.StringIO())
    hire()
    _leave()
    owner.execute(f'ALTER DATABASE "{draft.name}" RENAME TO "{name}"')


def _leave() -> None:
    for alias in connections:
        connections[alias].close()


def _to(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _digest() -> str:
    digest = hashlib.sha256()
    for pattern in WHAT_MAKES_A_DATABASE:
        for file in sorted(ROOT.glob(pattern)):
            if file.is_file():
                digest.update(file.read_bytes())
    return digest.hexdigest()[:8]
