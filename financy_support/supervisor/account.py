"""Which account the embedded servers run under: PostgreSQL refuses root, so root lends them another."""

import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from financy_support.supervisor.refusal import CannotStart
from financy_support.supervisor.state import State

NOBODY = 65534


@dataclass(frozen=True)
class Account:
    """One of three: `own` (an ordinary user's), `nobody` (root steps down), `namespace` (root hidden from itself).

    A user namespace maps the caller to nobody without a change of owner, which is what a checkout in a closed
    home folder needs: stepping down could not even reach the binaries there.
    """

    kind: str

    def command(self, argv: list[str], on_parent_death: signal.Signals = signal.SIGTERM) -> list[str]:
        """Return `argv` as this account runs it; `on_parent_death` is lost on entering a namespace, so set again."""
        if self.kind != "namespace":
            return argv
        unshare = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"]
        return [*unshare, "setpriv", "--pdeathsig", on_parent_death.name.removeprefix("SIG"), *argv]

    def popen(self) -> dict[str, Any]:
        """Return the arguments with which subprocess changes to this account."""
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if self.kind == "nobody" else {}

    def give(self, path: Path) -> None:
        """Make this account the owner of one file or empty folder."""
        if self.kind == "nobody":
            os.chown(path, NOBODY, NOBODY)


def choose_account(state: State, program: Path) -> Account:
    """Return the account for the servers of `state`, chosen once: the data folders belong to it from then on.

    Raises CannotStart when `program` can be run under none, or no longer under the recorded one.
    """
    servers = state.section("servers")
    recorded = servers.get("account")
    for kind in [recorded] if recorded else _candidates():
        account = Account(kind)
        if kind == "nobody":
            state.folder.chmod(0o711)
        if _reaches(account, state, program):
            servers["account"] = kind
            state.save()
            return account
        if kind == "nobody" and not recorded:
            state.folder.chmod(0o700)
    if recorded:
        raise CannotStart(
            f"The servers in {state.folder} were set up as '{recorded}', which cannot run {program} now.",
            "Start as the user who set them up, with the folders open as they were, or set DESK_STATE anew.",
        )
    raise CannotStart(
        f"PostgreSQL does not run as root, {program} is closed to other users, and this machine forbids the user "
        "namespace that would help.",
        "Start as an ordinary user, move the checkout to an open folder, or set DATABASE_URL and CELERY_BROKER_URL.",
    )


def _candidates() -> list[str]:
    if os.geteuid() == 0:
        return ["nobody", "namespace"]
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:  # a user without a name, as containers have: initdb insists on a name
        return ["namespace", "own"]
    return ["own"]


def _reaches(account: Account, state: State, program: Path) -> bool:
    if account.kind == "namespace" and not (shutil.which("unshare") and shutil.which("setpriv")):
        return False
    enter_and_run = ["/bin/sh", "-c", 'cd "$0" && exec "$1" --version', str(state.folder), str(program)]
    try:
        trial = subprocess.run(
            account.command(enter_and_run), check=False, cwd="/", capture_output=True, **account.popen()
        )
    except OSError:
        return False
    return trial.returncode == 0
