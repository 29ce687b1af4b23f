"""`manage.py` in a second terminal joins the running desk, and says so when none runs."""

import subprocess
import sys
from pathlib import Path

from financy_support.supervisor.state import REPOSITORY, hold
from tests.supervisor.desk_process import environment

SHOW_DATABASE = "from django.conf import settings; print(settings.DATABASES['default']['NAME'])"


def manage(state: Path, *arguments: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """Run one command against the desk of `state`."""
    return subprocess.run(
        [python, str(REPOSITORY / "manage.py"), *arguments],
        env=environment(DESK_STATE=str(state)),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_desk_it_says_so_in_one_line_and_names_make_run(tmp_path: Path) -> None:
    ended = manage(tmp_path, "load_guide")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "make run" in ended.stderr


def test_a_command_that_needs_no_database_needs_no_desk(tmp_path: Path) -> None:
    assert manage(tmp_path, "version").stdout.startswith("5.2")


def test_with_a_desk_it_uses_its_database(tmp_path: Path) -> None:
    with hold(tmp_path) as state:
        state.publish({"DATABASE_URL": "postgresql://desk_app:x@127.0.0.1:9/of_the_running_desk"})
        ended = manage(tmp_path, "shell", "--no-imports", "-c", SHOW_DATABASE)
    assert ended.stdout == "of_the_running_desk\n", ended.stderr


def test_a_desk_that_is_still_starting_is_told_from_none(tmp_path: Path) -> None:
    with hold(tmp_path):
        assert "still starting" in manage(tmp_path, "load_guide").stderr
