"""The state folder of a desk: its lock, its one file of facts, and how a second terminal joins a running desk."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from financy_support.supervisor.refusal import CannotStart

REPOSITORY = Path(__file__).resolve().parents[2]
FACTS_FILE = "desk.json"
LOCK_FILE = "lock"


def environment_of_running_desk(folder: Path | None = None) -> dict[str, str]:
    """Return the variables with which the desk of `folder` runs, for a command in a second terminal.

    Raises CannotStart when no desk holds the folder or when it is still starting.
    """
    folder = folder or state_folder()
    if not _is_held(folder):
        raise CannotStart(f"No desk runs on {folder}.", "Start one with `make run`, or set DATABASE_URL.")
    environment = _read_facts(folder).get("environment")
    if not environment:
        raise CannotStart(f"The desk on {folder} is still starting.", "Try again when it has said `Ready`.")
    return dict(environment)


def state_folder() -> Path:
    """Return the data folder of the desk: DESK_STATE, else `.desk` in the checkout."""
    chosen = os.environ.get("DESK_STATE")
    return Path(chosen).expanduser().absolute() if chosen else REPOSITORY / ".desk"


@contextmanager
def hold(folder: Path) -> Iterator["State"]:
    """Own `folder` for as long as the block runs; the lock goes with the process, however that ends.

    Raises CannotStart when another desk holds it (with its pid and address) or when it cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStart.from_os_error(error) from error
    try:
        _take(lock, folder)
        state = State(folder, _read_facts(folder))
        state.forget_run()
        state.facts["pid"] = os.getpid()
        state.save()
        try:
            yield state
        finally:
            state.forget_run()
            with suppress(CannotStart):  # the folder may be gone or full by now; the lock says what counts
                state.save()
    finally:
        os.close(lock)


class State:
    """The facts a desk keeps between starts (ports, passwords, what was done once), in one 0600 file."""

    def __init__(self, folder: Path, facts: dict[str, Any]) -> None:
        self.folder = folder
        self.facts = facts
        self.ended_badly = "pid" in facts  # the desk before this one was killed, and may still be ending

    def section(self, name: str) -> dict[str, Any]:
        """Return the facts filed under `name`, an empty dict at first; call `save` after changing it."""
        section: dict[str, Any] = self.facts.setdefault(name, {})
        return section

    def secret(self, section: str, name: str, strength: int = 24) -> str:
        """Return the secret of that name, made up of `strength` random bytes and saved when it is first asked for."""
        facts = self.section(section)
        if name not in facts:
            facts[name] = secrets.token_urlsafe(strength)
            self.save()
        return str(facts[name])

    def subfolder(self, name: str, mode: int = 0o700) -> Path:
        """Return a folder inside the state folder, made when it is missing."""
        path = self.folder / name
        path.mkdir(mode=mode, exist_ok=True)
        return path

    def publish(self, environment: dict[str, str], address: str | None = None) -> None:
        """Let other terminals join: note the variables of the running desk and where it answers."""
        self.facts["environment"] = environment
        if address:
            self.facts["address"] = address
        self.save()

    def forget_run(self) -> None:
        """Drop what held only while a desk ran."""
        for name in ("pid", "environment", "address"):
            self.facts.pop(name, None)

    def save(self) -> None:
        """Replace the file as a whole, so that a reader or a crash never sees half of it."""
        draft = self.folder / f"{FACTS_FILE}.new"
        try:
            draft.unlink(missing_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self.facts, file, indent=1, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.folder / FACTS_FILE)
        except OSError as error:
            raise CannotStart.from_os_error(error) from error


def _take(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        facts = _read_facts(folder)
        address = facts.get("address", "no address yet")
        raise CannotStart(
            f"A desk already runs on {folder}: process {facts.get('pid', 'unknown')}, {address}.",
            "Use that one, stop it first, or set DESK_STATE and DESK_PORT to start a second one.",
        ) from None


def _is_held(folder: Path) -> bool:
    try:
        lock = os.open(folder / LOCK_FILE, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise CannotStart.from_os_error(error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _read_facts(folder: Path) -> dict[str, Any]:
    path = folder / FACTS_FILE
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise CannotStart(
            f"{path} is not readable as JSON ({error}).",
            "Restore it from a backup: it holds the passwords of the database beside it.",
        ) from error
    except OSError as error:
        raise CannotStart.from_os_error(error) from error
    return facts
