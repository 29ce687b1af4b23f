"""Child processes that are started, watched, started again when they die, and never left behind."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from financy_support.supervisor.account import Account

DEATHS_ALLOWED = 4
WINDOW_SECONDS = 30.0
PAUSES_SECONDS = (0.0, 0.2, 0.5, 1.0)
LOOK_EVERY_SECONDS = 0.05
LOGS_EVERY_SECONDS = 30.0
LOG_KEPT_BYTES = 10_000_000
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Child:
    """How one process is started and stopped, and where its words go."""

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        account: Account | None = None,
        cwd: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        patience: float = 15.0,
    ) -> None:
        self.name = name
        self.log = log
        self.stop_signal = stop_signal
        self.patience = patience
        self.process: subprocess.Popen[bytes] | None = None
        self.starts_at = 0.0
        self.deaths: deque[float] = deque(maxlen=DEATHS_ALLOWED + 1)
        self._account = account or Account("own")
        self.command = self._account.command(command, stop_signal)
        self._environment = environment
        self._cwd = cwd

    def start(self) -> None:
        """Fork it into a session of its own, so that Ctrl-C reaches the supervisor alone and a group can be ended."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                cwd=self._cwd,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid(), self.stop_signal),  # noqa: PLW1509 one system call, bound beforehand
                **self._account.popen(),
            )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it still runs."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def end_group(self) -> None:
        """Kill what the process has left behind: its own children."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Crew:
    """Watches children from one thread, which also forks them: the kernel ties a child's life to its forking thread.

    A child that dies is started again, with growing pauses; one that dies five times in 30 seconds is given up, and
    `given_up` then holds the explanation. `changed` is set whenever somebody should look.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self.given_up: str | None = None
        self.changed = threading.Event()
        self._report = report
        self._children: list[Child] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._logs_at = 0.0
        self._thread = threading.Thread(target=self._tend, name="crew", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._children.copy()):
            self.stop(child)
        self._closing.set()
        self._thread.join()

    def add(self, child: Child) -> None:
        """Have `child` started and kept alive."""
        with self._lock:
            self._children.append(child)
            self._logs_at = 0.0  # its log may have grown large while nobody watched

    def stop(self, *children: Child, hurry: threading.Event | None = None) -> None:
        """Ask all of them to end at once, wait for each as long as it may take, then end it."""
        with self._lock:
            self._children = [child for child in self._children if child not in children]
        for child in children:
            child.signal(child.stop_signal)
        asked_at = time.monotonic()
        for child in children:
            while child.process and child.process.poll() is None:
                if time.monotonic() - asked_at > child.patience or (hurry and hurry.is_set()):
                    self._report(f"{child.name} did not stop by itself and was ended")
                    child.end_group()
                time.sleep(0.01)
            child.end_group()

    def _tend(self) -> None:
        while not self._closing.wait(LOOK_EVERY_SECONDS):
            with self._lock:
                if time.monotonic() >= self._logs_at:
                    self._logs_at = time.monotonic() + LOGS_EVERY_SECONDS
                    _keep_small(child.log for child in self._children)
                for child in self._children:
                    if not self.given_up:
                        self._look_after(child, time.monotonic())

    def _look_after(self, child: Child, now: float) -> None:
        if child.process is None:
            if now >= child.starts_at:
                self._start(child, now)
            return
        result = child.process.poll()
        if result is not None:
            child.end_group()
            child.process = None
            self._bury(child, now, _cause(result))

    def _start(self, child: Child, now: float) -> None:
        try:
            child.start()
        except OSError as error:
            self._bury(child, now, f"could not be started: {error}")

    def _bury(self, child: Child, now: float, cause: str) -> None:
        child.deaths.append(now)
        recent = sum(1 for death in child.deaths if now - death < WINDOW_SECONDS)
        if recent > DEATHS_ALLOWED:
            self.given_up = (
                f"{child.name} {cause}, for the {recent}th time in {WINDOW_SECONDS:.0f} seconds. "
                f"The end of {child.log}:\n{end_of(child.log)}"
            )
            self.changed.set()
            return
        child.starts_at = now + PAUSES_SECONDS[recent - 1]
        self._report(f"{child.name} {cause}; starting it again (its log: {child.log})")


def end_of(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8_000))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def _die_with(parent: int, number: signal.Signals) -> Callable[[], None]:
    def preexec() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, number.value, 0, 0, 0)
            if os.getppid() != parent:  # the parent died before the wish was made
                os._exit(1)

    return preexec


def _cause(result: int) -> str:
    return (
        f"was killed by signal {-result} ({signal.strsignal(-result)})" if result < 0 else f"ended with code {result}"
    )


def _keep_small(logs: Iterable[Path]) -> None:
    """Put a log that has grown large aside and empty it in place: its process goes on writing at the end."""
    for log in logs:
        try:
            if log.stat().st_size > LOG_KEPT_BYTES:
                shutil.copyfile(log, log.with_suffix(".old.log"))
                os.truncate(log, 0)
        except OSError:  # not there yet, or no room for a copy; the next look tries again
            continue
