"""The running desk that the story happens on: its variables, its commands, its tokens, its mailbox."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from financy_support.supervisor.state import REPOSITORY, environment_of_running_desk


def join(state: Path | None) -> None:
    """Take the variables of the running desk of ``state`` (DESK_STATE when None), unless DATABASE_URL names one.

    Raises CannotStart when no desk runs there.
    """
    if not os.environ.get("DATABASE_URL"):
        os.environ.update({**environment_of_running_desk(state), **os.environ})
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "financy_support.settings")


def manage(*arguments: object) -> str:
    """What ``manage.py …`` printed; raises with its words when it fails."""
    command = [sys.executable, "manage.py", *map(str, arguments)]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"manage.py {' '.join(command[2:])} ended with {ended.returncode}:\n{ended.stderr}")
    return ended.stdout


def token_of(email: str) -> str:
    """A token for a day, from the command that people use."""
    return manage("issue_token", email, "--days", 1, "--name", "real input").strip()


def mailbox() -> Path | None:
    """The folder in which the desk's local mailbox keeps each mail; None when mail leaves the machine."""
    folder = Path(os.environ.get("DESK_MAILBOX", ""))
    return folder if folder.name and folder.is_dir() else None
