"""The crew: a dead process is replaced with its leftovers, a hopeless one is given up, a stop is asked first."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from financy_support.supervisor.crew import LOG_KEPT_BYTES, Child, Crew
from tests.supervisor.desk_process import eventually, kill

PARENT_AND_CHILD = "sleep 1000 & echo $! > child; echo $$ > parent; wait"


@pytest.fixture
def reports() -> list[str]:
    """What the crew has said."""
    return []


@pytest.fixture
def crew(reports: list[str]) -> Iterator[Crew]:
    """A crew that stops what a test has added."""
    with Crew(reports.append) as crew:
        yield crew


def role(folder: Path, script: str, patience: float = 5.0) -> Child:
    """A role that is a shell script working in `folder`."""
    return Child("role", ["/bin/sh", "-c", script], log=folder / "role.log", cwd=folder, patience=patience)


def number_in(path: Path) -> int:
    """The process id a script has noted, 0 before it has."""
    text = path.read_text().strip() if path.exists() else ""
    return int(text or 0)


def lives(pid: int) -> bool:
    """Say whether a process runs; one that is dead and not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_role_is_started_again_and_its_own_children_are_ended(
    crew: Crew, reports: list[str], tmp_path: Path
) -> None:
    crew.add(role(tmp_path, PARENT_AND_CHILD))
    assert eventually(lambda: number_in(tmp_path / "parent") > 0)
    first, orphan = number_in(tmp_path / "parent"), number_in(tmp_path / "child")
    kill(first)
    assert eventually(lambda: number_in(tmp_path / "parent") not in (0, first), seconds=5)
    assert eventually(lambda: not lives(orphan), seconds=5)
    assert "role was killed by signal 9" in reports[0]
    assert crew.given_up is None


def test_a_role_that_dies_five_times_in_30_seconds_is_given_up_with_its_last_words(crew: Crew, tmp_path: Path) -> None:
    crew.add(role(tmp_path, "echo the reason; exit 3"))
    assert crew.changed.wait(timeout=20)
    assert crew.given_up
    assert "role ended with code 3, for the 5th time in 30 seconds" in crew.given_up
    assert crew.given_up.endswith("the reason")
    assert (tmp_path / "role.log").read_text().count("the reason") == 5


def test_a_program_that_does_not_exist_is_named(crew: Crew, reports: list[str], tmp_path: Path) -> None:
    crew.add(Child("role", ["/no/such/program"], log=tmp_path / "role.log"))
    assert eventually(lambda: any("/no/such/program" in report for report in reports))


def test_a_stop_lets_the_role_finish_what_it_does(crew: Crew, reports: list[str], tmp_path: Path) -> None:
    child = role(tmp_path, "trap 'sleep 0.3; echo finished; exit 0' TERM; echo up; while :; do sleep 0.05; done")
    crew.add(child)
    assert eventually(lambda: "up" in (tmp_path / "role.log").read_text())
    crew.stop(child)
    assert "finished" in (tmp_path / "role.log").read_text()
    assert reports == []


def test_a_role_that_will_not_stop_is_ended_when_its_time_is_up(crew: Crew, reports: list[str], tmp_path: Path) -> None:
    child = role(tmp_path, "trap '' TERM; echo $$ > parent; while :; do sleep 0.05; done", patience=0.5)
    crew.add(child)
    assert eventually(lambda: number_in(tmp_path / "parent") > 0)
    began = time.monotonic()
    crew.stop(child)
    assert 0.5 <= time.monotonic() - began < 3
    assert not lives(number_in(tmp_path / "parent"))
    assert any("did not stop by itself" in report for report in reports)


def test_a_role_runs_in_a_session_of_its_own_so_that_ctrl_c_reaches_the_supervisor_alone(
    crew: Crew, tmp_path: Path
) -> None:
    crew.add(role(tmp_path, PARENT_AND_CHILD))
    assert eventually(lambda: number_in(tmp_path / "parent") > 0)
    assert os.getsid(number_in(tmp_path / "parent")) == number_in(tmp_path / "parent") != os.getsid(0)


def test_a_log_that_has_grown_large_is_put_aside_while_its_process_writes_on(crew: Crew, tmp_path: Path) -> None:
    log = tmp_path / "role.log"
    log.write_bytes(b"old\n" * (LOG_KEPT_BYTES // 4 + 1))
    crew.add(role(tmp_path, "while :; do echo new; sleep 0.05; done"))
    assert eventually(lambda: log.stat().st_size < 1000 and log.read_text().endswith("new\n"))
    assert (tmp_path / "role.old.log").stat().st_size > LOG_KEPT_BYTES


def test_the_ordinary_signals_reach_a_role(crew: Crew, tmp_path: Path) -> None:
    child = role(tmp_path, "trap 'echo heard; exit 0' USR1; echo up; while :; do sleep 0.05; done")
    crew.add(child)
    assert eventually(lambda: "up" in (tmp_path / "role.log").read_text())
    child.signal(signal.SIGUSR1)
    assert eventually(lambda: "heard" in (tmp_path / "role.log").read_text())
