"""The two servers as a person starts them: a process of its own that a test may stop or kill."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from financy_support.supervisor.state import REPOSITORY

PATIENCE_SECONDS = 30.0


@contextmanager
def running_servers(state: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Start the servers on `state`, wait until they say so, and stop them if the test has not."""
    process = subprocess.Popen(
        [sys.executable, "-m", "financy_support.supervisor", "servers", "--state", str(state), *options],
        cwd=REPOSITORY,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        said: list[str] = []
        while not said or "ready" not in said[-1]:
            said.append(process.stdout.readline())
            assert said[-1], f"The servers ended: {''.join(said)}"
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


def supervise(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the supervisor's command line to its end."""
    return subprocess.run(
        [sys.executable, "-m", "financy_support.supervisor", *arguments],
        cwd=REPOSITORY,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def environment(**variables: str) -> dict[str, str]:
    """Return the variables of a person who has set none but `variables`, whatever the other tests run on."""
    of_desks = ("DATABASE_", "CELERY_", "EMAIL_", "DESK_", "DJANGO_")
    return {name: value for name, value in os.environ.items() if not name.startswith(of_desks)} | variables


def facts(state: Path) -> dict[str, dict[str, str]]:
    """Return what desk.json says."""
    known: dict[str, dict[str, str]] = json.loads((state / "desk.json").read_text())
    return known


def connect(state: Path, variable: str = "DATABASE_OWNER_URL") -> psycopg.Connection:
    """Log in with one of the addresses that the running servers published."""
    return psycopg.connect(facts(state)["environment"][variable], autocommit=True, connect_timeout=2)


def postmaster(state: Path) -> int:
    """Return the process id of PostgreSQL."""
    return int((state / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def processes_of(state: Path) -> list[str]:
    """Return the command lines of the processes, zombies aside, that name the state folder or work in it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_text().replace("\0", " ")
            if line and str(state) in f"{line} {(folder / 'cwd').readlink()} ":
                found.append(line)
        except OSError:  # it has just ended
            continue
    return found


def eventually(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Say whether `holds` becomes true in time; a refused connection counts as not yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if holds():
                return True
        except (psycopg.OperationalError, OSError):
            pass
        time.sleep(0.05)
    return False


def kill(pid: int) -> None:
    """End one process without a chance to clean up."""
    os.kill(pid, signal.SIGKILL)
