"""`make run` refuses what cannot work before anything starts, and says the way out."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from financy_support.supervisor.refusal import CannotStart
from financy_support.supervisor.run import run_desk
from tests.supervisor.desk_process import processes_of, supervise


def run_with(state: Path, **environment: str) -> str:
    """Run the desk where it must refuse, and return what it says."""
    ended = supervise("run", DESK_STATE=str(state), **environment)
    assert ended.returncode == 1, ended
    assert "Traceback" not in ended.stderr
    assert processes_of(state) == []
    return ended.stdout + ended.stderr


def test_a_taken_port_is_named_with_the_variable_that_chooses_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = run_with(tmp_path, DESK_PORT=str(port))
    assert f"Port {port} of 127.0.0.1 is taken" in said
    assert "DESK_PORT=" in said
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("port", ["0", "65536", "eight", "-1", "٨٠"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("DESK_PORT", port)
    with pytest.raises(CannotStart, match="from 1 to 65535") as refusal:
        run_desk(tmp_path / "state")
    assert refusal.value.reason.startswith(f"DESK_PORT is {port!r}")
    assert not (tmp_path / "state").exists()


def test_servers_of_ones_own_mean_that_none_is_started(tmp_path: Path) -> None:
    said = run_with(
        tmp_path,
        DESK_PORT="1",
        DATABASE_URL="postgresql://a:b@127.0.0.1:9/none",
        CELERY_BROKER_URL="redis://127.0.0.1:9/0",
    )
    assert "manage.py migrate --no-input failed" in said
    assert "127.0.0.1" in said
    assert not (tmp_path / "postgres").exists()
    assert not (tmp_path / "valkey").exists()


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = run_with(tmp_path / "file" / "state")
    assert str(tmp_path / "file" / "state") in said
    assert "DESK_STATE" in said


def test_a_damaged_file_of_facts_is_named_and_kept(tmp_path: Path) -> None:
    (tmp_path / "desk.json").write_text('{"postgres": {"superuser_pass')
    said = run_with(tmp_path)
    assert f"{tmp_path / 'desk.json'} is not readable" in said
    assert (tmp_path / "desk.json").read_text() == '{"postgres": {"superuser_pass'


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk is mounted as root")
def test_a_full_disk_is_refused_before_anything_starts(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m", "none", tmp_path], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets no one mount")
    try:
        said = run_with(tmp_path)
        assert "The disk is full" in said
        assert not (tmp_path / "postgres").exists()
    finally:
        subprocess.run(["umount", tmp_path], check=True)
