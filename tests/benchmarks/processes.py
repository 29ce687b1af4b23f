"""Web servers under test, each like the desk's own, and what they and the cluster spend, read from /proc."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from financy_support.supervisor.state import REPOSITORY

START_SECONDS = 60.0
WORKERS, THREADS = 2, 4  # as in financy_support.supervisor.roles
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running web server: where it listens, and the process whose family it is."""

    port: int
    pid: int


@contextmanager
def serving(application: str, *, log: Path, environment: dict[str, str], probe: str) -> Iterator[Server]:
    """Serve a WSGI ``application`` with two workers of four threads while the block runs; ``probe`` answers < 500."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--no-ws", "--workers", str(WORKERS), "--blocking-threads", str(THREADS), application]
    with log.open("ab") as file:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    try:
        _wait(process, port, probe, log)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu_milliseconds(family: int) -> float:
    """CPU spent so far by a process and all its descendants, ended ones included."""
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            spent[int(entry.name)] = sum(map(int, fields[11:15]))
    return sum(ticks for pid, ticks in spent.items() if _belongs(pid, family, parents)) * 1000 / TICK


def _belongs(pid: int, family: int, parents: dict[int, int]) -> bool:
    while pid and pid != family:
        pid = parents.get(pid, 0)
    return bool(pid)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, probe: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            line.request("GET", probe)
            if line.getresponse().status < 500:
                return
        except OSError:
            pass
        finally:
            line.close()
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The server did not start; {log} ends:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)
