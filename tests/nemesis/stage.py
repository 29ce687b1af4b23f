"""The stage: a whole desk of real processes in a folder of its own; each may be killed, by its pid and nothing else."""

from __future__ import annotations

import http.client
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

import django
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from redis import Redis

from financy_support.supervisor.account import choose_account
from financy_support.supervisor.crew import Child
from financy_support.supervisor.ports import is_taken, keep_port
from financy_support.supervisor.roles import roles
from financy_support.supervisor.servers import EmbeddedServers
from financy_support.supervisor.state import REPOSITORY, State
from financy_support.supervisor.valkey import Valkey, valkey_program

PATIENCE = 90.0
WORKERS = ("worker-1", "worker-2", "worker-3")


class Stage:
    """Durable PostgreSQL with the guide loaded, and what :meth:`start` adds: sink, broker, web, beat, engine, workers.

    ``confirming`` is how long (seconds) the mail server takes between having a mail and saying so.
    """

    def __init__(self, folder: Path, *, confirming: float) -> None:
        self.record = folder / "mails.jsonl"
        self._folder = folder
        self._confirming = confirming
        self._ports = {name: keep_port({}) for name in ("sink", "web")}
        self._children: dict[str, Child] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            servers = EmbeddedServers(self._folder / "servers", durable=True, broker=False)
            urls = stack.enter_context(servers)
            stack.callback(self._end)
            self._state: State = urls.state
            self._valkey = Valkey(self._state, choose_account(self._state, valkey_program()), durable=True)
            self._valkey.make()
            self.record.touch()
            os.environ |= urls.environment() | self._environment()
            django.setup()
            call_command("migrate", verbosity=0)
            call_command("load_guide", verbosity=0)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self, *names: str) -> None:
        """Start these processes and wait until they are at work; those that run already stay."""
        for name in names:
            if name not in self._children:
                self._children[name] = self._child(name)
            child = self._children[name]
            if child.process is None or child.process.poll() is not None:
                child.start()
        for name in names:
            self.until(lambda name=name: self.is_up(name), f"{name} works (its log: {self._children[name].log})")

    def restart(self, name: str) -> None:
        """Start a process again if it has ended, without waiting for it, as a supervisor does."""
        process = self._children[name].process
        if process is None or process.poll() is not None:
            self._children[name].start()

    def kill(self, name: str) -> None:
        """kill -9 of the process and of what it forked."""
        child = self._children[name]
        child.end_group()
        if child.process:
            child.process.wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to one process."""
        self._children[name].signal(number)

    def forks(self, name: str) -> list[int]:
        """The pids that the process has forked: a Celery worker's pool, a web server's workers."""
        child = self._children.get(name)
        if child is None or child.process is None or child.process.poll() is not None:
            return []
        with suppress(OSError):
            return [
                int(pid)
                for pid in Path(f"/proc/{child.process.pid}/task/{child.process.pid}/children").read_text().split()
            ]
        return []

    def last_words(self, name: str) -> str:
        """The end of its log."""
        return self._children[name].log.read_text(errors="replace")[-3000:]

    def workers_at_work(self) -> int:
        """How many workers wait for the broker or are busy; the others are dead, starting, or miss a killed child."""
        with Redis.from_url(self._valkey.url()) as broker, connection.cursor() as cursor:
            waiting = sum("b" in line["flags"] for line in broker.client_list())
            cursor.execute(
                "SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name LIKE 'worker%'"
            )
            return waiting + len(cursor.fetchall())

    def is_up(self, name: str) -> bool:
        """Whether it can do its work now."""
        if name == "sink":
            return is_taken(self._ports["sink"])
        if name == "broker":
            return self._valkey.is_ready()
        if name == "web":
            return self._answers()
        if name in WORKERS:
            return bool(self.forks(name))
        return self._children[name].process is not None

    def connect(self) -> http.client.HTTPConnection:
        """A connection of one client to the web role."""
        return http.client.HTTPConnection("127.0.0.1", self._ports["web"], timeout=30)

    @staticmethod
    def until(holds: Callable[[], object], what: str, patience: float = PATIENCE) -> float:
        """Wait until it holds; the seconds that took. Raises TimeoutError naming ``what`` did not come."""
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > patience:
                raise TimeoutError(f"Within {patience:.0f} s this did not come: {what}")
            time.sleep(0.01)
        return time.monotonic() - began

    def _environment(self) -> dict[str, str]:
        return {
            "CELERY_BROKER_URL": self._valkey.url(),
            "DESK_ENV": "test",
            "DESK_FIELD_KEYS": Fernet.generate_key().decode(),
            "DESK_STATE": str(self._folder),
            "DESK_PORT": str(self._ports["web"]),
            "DESK_LIVE_PORT": "0",  # nobody streams here
            "DESK_LOG_LEVEL": "WARNING",
            "DESK_API_REQUESTS_PER_MINUTE": "1000000",
            "EMAIL_URL": f"smtp://127.0.0.1:{self._ports['sink']}",
            "DJANGO_SETTINGS_MODULE": "financy_support.settings",
        }

    def _child(self, name: str) -> Child:
        if name == "broker":
            return self._valkey.child()
        if name == "sink":
            arguments = [
                "--port",
                str(self._ports["sink"]),
                "--record",
                str(self.record),
                "--delay",
                str(self._confirming),
            ]
            command = [sys.executable, "-m", "tests.sinks.smtp", *arguments]
            return Child(name, command, log=self._state.subfolder("log") / "sink.log", cwd=REPOSITORY)
        role = name.partition("-")[0]
        environment = {**os.environ, "PGAPPNAME": name}  # PostgreSQL then knows whose connection holds what
        child = next(one for one in roles(self._state, environment, None) if one.name == role)
        child.log = child.log.with_name(f"{name}.log")
        return child

    def _answers(self) -> bool:
        line = self.connect()
        try:
            line.request("GET", "/health/ready")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def _end(self) -> None:
        for name in reversed(self._children):
            self.signal(name, signal.SIGCONT)
            self.kill(name)
