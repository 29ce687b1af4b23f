"""The cast, a migrated database with the guide loaded, a clock, and what fails any test: a logged error."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from financy_support.desk.audit.acting import Act, acting
from financy_support.desk.people.user import User
from tests.cast import Cast, hire_cast

pytest_plugins = ["tests.browser"]  # a desk served to a real browser

ROOT = Path(__file__).parent.parent
# A machine that does other work as well is no fault of what is tested; time is measured in benchmarks.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """One database a test process, cloned from a template that the owner migrated once."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """The template is keyed by the code it was made of, so a developer's next run finds it ready."""
    with django_db_blocker.unblock():
        template = _template()
        name = f"desk_test_{os.getpid()}"
        with _owner() as owner:
            _clone(owner, template, name)
        _use_database(name)
        yield
        for alias in connections:
            connections[alias].close()
        with _owner() as owner:
            _drop(owner, name)


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A database of its own, for tests that need committed rows: threads, other processes, crashes. Yields its name."""
    with database_of_its_own(django_db_blocker) as name:
        yield name


@contextmanager
def database_of_its_own(django_db_blocker: Any) -> Iterator[str]:
    """The desk uses another clone of the template until the end, when it is dropped. Gives its name."""
    usual = settings.DATABASES["default"]["NAME"]
    name = f"{usual}_committed"
    with django_db_blocker.unblock(), _owner() as owner:
        _clone(owner, _template_name(), name)
        _use_database(name)
        try:
            yield name
        finally:
            for alias in connections:
                connections[alias].close()
            _drop(owner, name)
            _use_database(usual)


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody the tests know by name; see tests/cast.py."""
    return hire_cast()


@pytest.fixture
def act() -> Any:
    """``with act(person, at=…)``: acts in somebody's name, as an entry point does."""

    @contextmanager
    def open_act(by: User, reason: str = "") -> Iterator[Act]:
        with acting(by=by, channel="test", reason=reason) as one:
            yield one

    return open_act


@pytest.fixture(autouse=True)
def no_logged_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A line logged at error level fails the test; one that is the point of a test is taken by caplog.clear()."""
    yield
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not errors, f"logged errors: {errors}"


# The newest stay: on servers that sessions share, another one may be about to clone what it saw a moment ago.
TEMPLATES_KEPT = 5
OLD_TEMPLATES = "SELECT datname FROM pg_database WHERE datname LIKE 'desk_template_%%' ORDER BY oid DESC OFFSET %s"


def _template() -> str:
    """Migrate and load the guide as owner, once per state of the code, under an advisory lock."""
    name = _template_name()
    with _owner() as owner:
        owner.execute("SELECT pg_advisory_lock(424242)")
        if owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            for (old,) in owner.execute(OLD_TEMPLATES, [TEMPLATES_KEPT]).fetchall():
                _drop(owner, old)
            building = f"{name}_building"
            owner.execute(f'DROP DATABASE IF EXISTS "{building}" WITH (FORCE)')
            owner.execute(f'CREATE DATABASE "{building}"')
            _use_database(building)
            call_command("migrate", verbosity=0)
            call_command("load_guide", verbosity=0)
            for alias in connections:
                connections[alias].close()
            owner.execute(f'ALTER DATABASE "{building}" RENAME TO "{name}"')
    return name


WHAT_MAKES_A_TEMPLATE = (
    "*/migrations/*.py",
    "financy_support/*/migrations/*.py",
    "*/guide.py",
    "*/guide_texts/**/*",
    "*/models/*.py",
    "financy_support/desk/**/*.py",
)


@cache
def _template_name() -> str:
    """Asked once: the code may change under a long run."""
    digest = hashlib.sha256()
    for pattern in WHAT_MAKES_A_TEMPLATE:
        for file in sorted(ROOT.glob(pattern)):
            if file.is_file():
                digest.update(file.read_bytes())
    return f"desk_template_{digest.hexdigest()[:16]}"


def _drop(owner: psycopg.Connection[Any], name: str) -> None:
    """A closed connection's backend takes a moment to leave, and the owner may not end another role's."""
    for _ in range(100):
        try:
            owner.execute(f'DROP DATABASE IF EXISTS "{name}"')
            return
        except psycopg.errors.ObjectInUse:
            time.sleep(0.05)
    raise RuntimeError(f"somebody is still connected to {name}: close connections in threads and processes")


def _clone(owner: psycopg.Connection[Any], template: str, name: str) -> None:
    _drop(owner, name)
    owner.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def _use_database(name: str) -> None:
    for alias in connections:
        connections[alias].close()
        settings.DATABASES[alias]["NAME"] = name
        connections[alias].settings_dict["NAME"] = name


@contextmanager
def _owner() -> Iterator[psycopg.Connection[Any]]:
    """A connection of the owner to no database that a test uses."""
    with psycopg.connect(os.environ["DESK_TEST_OWNER"], autocommit=True) as owner:
        yield owner
