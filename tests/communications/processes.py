"""Threads and processes that share the database of a test."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.db import connection, connections

from tests.sinks.smtp import SmtpSink

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 20.0


@contextmanager
def running(command: str, sink: SmtpSink) -> Iterator[subprocess.Popen[str]]:
    """`manage.py <command>` as a process of its own, on the database of the test; killed when the block ends."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    process = subprocess.Popen(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database, "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    """What ``work`` gives in as many threads as asked, started together, each on a connection of its own."""
    gate = threading.Barrier(count)
    results: list[Any] = []

    def one() -> None:
        gate.wait()
        results.append(work())

    threads = [threading.Thread(target=run_apart, args=(one,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == count, "a thread failed"
    return results


def run_apart(work: Callable[[], Any]) -> None:
    """Run in this thread and close its connection."""
    try:
        work()
    finally:
        connections.close_all()


def eventually(holds: Callable[[], Any]) -> None:
    """Wait for it, or fail."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)
