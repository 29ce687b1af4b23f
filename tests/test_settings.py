"""Settings come from the environment, and nonsense is refused by name before anything starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCTION = {
    "DESK_ENV": "production",
    "DESK_SECRET_KEY": "not-a-real-key-0123456789" * 3,
    "DESK_FIELD_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "DESK_HOSTS": "desk.example.com",
    "DESK_BASE_URL": "https://desk.example.com",
    "EMAIL_URL": "smtp://mail.example.com:587",
    "DATABASE_URL": "postgres://app:x@127.0.0.1:1/desk",
    "DATABASE_OWNER_URL": "postgres://owner:x@127.0.0.1:1/desk",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
}


def check(**changes: str) -> subprocess.CompletedProcess[str]:
    """``manage.py check --deploy`` in a process of its own, with production's environment and ``changes``."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**kept, **PRODUCTION, **changes}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={name: value for name, value in environment.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_shipped_production_settings_pass_djangos_deployment_checks():
    done = check()
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"DESK_SECRET_KEY": ""}, "DESK_SECRET_KEY"),
        ({"DESK_SECRET_KEY": "short"}, "DESK_SECRET_KEY"),
        ({"DESK_FIELD_KEYS": ""}, "DESK_FIELD_KEYS"),
        ({"DESK_FIELD_KEYS": "not-a-key"}, "DESK_FIELD_KEYS"),
        ({"DESK_FIELD_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE,short"}, "DESK_FIELD_KEYS"),
        ({"DESK_DEBUG": "1"}, "DESK_DEBUG"),
        ({"DESK_HOSTS": ""}, "DESK_HOSTS"),
        ({"DESK_HOSTS": "*"}, "DESK_HOSTS"),
        ({"DESK_HOSTS": "a.example.com,.example.com"}, "DESK_HOSTS"),
        ({"DESK_ENV": "prod"}, "DESK_ENV"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
        ({"EMAIL_URL": "ftp://x"}, "EMAIL_URL"),
        ({"DESK_BLOCKING_THREADS": "many"}, "DESK_BLOCKING_THREADS"),
        ({"DESK_SECOND_FACTOR": "perhaps"}, "DESK_SECOND_FACTOR"),
        ({"DESK_BASE_URL": "desk"}, "DESK_BASE_URL"),
        ({"DESK_METRICS_TOKEN": "easy"}, "DESK_METRICS_TOKEN"),
        ({"DESK_METRICS_TOKEN": "long enough but with blanks"}, "DESK_METRICS_TOKEN"),
    ],
)
def test_nonsense_is_refused_by_name(changes, named):
    done = check(**changes)
    assert done.returncode != 0
    assert named in done.stderr.strip().splitlines()[-1]


def test_one_log_in_for_owner_and_runtime_is_warned_of():
    done = check(DATABASE_OWNER_URL="")
    assert done.returncode != 0
    assert "desk.W001" in done.stderr and "DATABASE_OWNER_URL" in done.stderr


def test_postgresql_ends_what_a_web_request_cannot_be_waiting_for_any_more(db):
    """The web role's pool says so to each connection; engines and workers, which may take longer, do not."""
    ask = (
        "from django.db import connection as c\n"
        "for name in 'statement_timeout', 'idle_in_transaction_session_timeout':\n"
        "    with c.cursor() as cursor: cursor.execute(f'SHOW {name}'); print(cursor.fetchone()[0])"
    )
    said = {
        pool: subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", ask],
            cwd=ROOT,
            env={**os.environ, "DESK_DB_POOL": pool},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for pool in ("1", "0")
    }
    assert said == {"1": ["30s", "1min"], "0": ["0", "0"]}
