#!/usr/bin/env python
"""Django's door: joins the running desk of `make run`, so that a second terminal needs no variables."""

import importlib.util
import os
import sys
from pathlib import Path

from financy_support.supervisor.refusal import CannotStart
from financy_support.supervisor.state import environment_of_running_desk

ENVIRONMENT = Path(__file__).resolve().parent / ".venv" / "bin" / "python"
WITHOUT_DATABASE = {
    *("check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help"),
    *("makemessages", "makemigrations", "spectacular", "version", "--help", "-h", "--version"),
}


def main() -> None:
    """Run one command, in the environment of `make` and with the variables of the running desk."""
    if importlib.util.find_spec("django") is None:
        _start_again_in_own_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "financy_support.settings")
    if not os.environ.get("DATABASE_URL"):
        _join_running_desk(sys.argv[1] if len(sys.argv) > 1 else "help")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 Django may be in another environment

    execute_from_command_line(sys.argv)


def _join_running_desk(command: str) -> None:
    try:
        os.environ.update({**environment_of_running_desk(), **os.environ})
    except CannotStart as refusal:
        if command not in WITHOUT_DATABASE:
            sys.exit(f"{refusal.reason} {refusal.way_out}")
        os.environ["DATABASE_URL"] = "postgresql://no-desk-runs@127.0.0.1:9/none"


def _start_again_in_own_environment() -> None:
    if not ENVIRONMENT.exists() or Path(sys.prefix) == ENVIRONMENT.parents[1]:
        sys.exit("Django is not installed here. Run `make run` or `make test` once: they make .venv.")
    os.execv(ENVIRONMENT, [str(ENVIRONMENT), *sys.argv])  # noqa: S606 the same run by another Python


if __name__ == "__main__":
    main()
