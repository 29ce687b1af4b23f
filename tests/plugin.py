"""Starts the servers that tests need before Django reads its settings: real PostgreSQL, real Valkey."""

from __future__ import annotations

import atexit
import json
import os
import secrets
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from financy_support.supervisor.servers import EmbeddedServers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "financy_support.settings")

LONG = {
    "test_accessibility.py", "test_conformance.py", "test_matrix.py", "test_nemesis_smoke.py", "test_statements.py",
    "test_stream.py", "test_widget.py",
}  # fmt: skip
ROOM_FOR_TESTS = 4 << 30  # bytes: the logs that PostgreSQL keeps may grow to 2 GiB


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Set the addresses: those of DESK_TEST_SERVERS (the data folder of running ones), else of servers of our own.

    A conftest would be too late: pytest-django reads the settings before. Workers of xdist inherit the environment.
    """
    os.environ.update(DESK_ENV="test", DESK_SECOND_FACTOR="0", EMAIL_URL="smtp://127.0.0.1:1", DESK_LOG_LEVEL="WARNING")
    os.environ.setdefault("DESK_FIELD_KEYS", secrets.token_urlsafe(32))  # workers of xdist inherit it
    if "DESK_TEST_OWNER" in os.environ:
        return
    stack = ExitStack()
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="desk-tests-", dir=in_memory())))
    os.environ["DESK_STATE"] = str(folder)
    (folder / "static").mkdir()
    running = os.environ.get("DESK_TEST_SERVERS")
    if running:
        os.environ.update(json.loads((Path(running) / "desk.json").read_text())["environment"])
    else:
        folder.chmod(0o755)  # the servers run as nobody when we are root
        os.environ.update(stack.enter_context(EmbeddedServers(folder / "servers", durable=False)).environment())
    os.environ["DESK_TEST_OWNER"] = os.environ["DATABASE_OWNER_URL"]
    atexit.register(stack.close)  # last, so that it runs before the folder's own exit hook


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that at the end no worker waits for another's last; the others in their random order."""
    items.sort(key=lambda item: item.path.name not in LONG)


def in_memory() -> Path | None:
    """Where files cost no disk, if there is room: a clone of the template takes 0.04 s there and 1.2 s on ext4."""
    shared = Path("/dev/shm")
    return shared if os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > ROOM_FOR_TESTS else None
