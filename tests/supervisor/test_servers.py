"""The embedded servers: safe log-ins, one desk a folder, back after a crash, gone after a stop."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from financy_support.supervisor.postgres import postgres_programs
from financy_support.supervisor.servers import EmbeddedServers
from financy_support.supervisor.state import REPOSITORY, environment_of_running_desk
from tests.supervisor.desk_process import (
    connect,
    eventually,
    facts,
    kill,
    postmaster,
    processes_of,
    running_servers,
    supervise,
)


@pytest.fixture(scope="module")
def running() -> Iterator[Path]:
    """A state folder on which servers run, for the tests that only look."""
    with tempfile.TemporaryDirectory(prefix="desk-") as name:
        Path(name).chmod(0o755)
        state = Path(name) / "state"
        with running_servers(state, "--fast"):
            yield state


def test_a_second_start_names_the_process_that_runs_and_stops(running: Path) -> None:
    second = supervise("servers", "--state", str(running))
    assert second.returncode == 1
    assert f"process {facts(running)['pid']}" in second.stderr
    assert "DESK_STATE" in second.stderr
    assert connect(running).execute("SELECT 1").fetchone() == (1,)


def test_the_file_with_the_passwords_is_closed_to_others(running: Path) -> None:
    assert stat.S_IMODE((running / "desk.json").stat().st_mode) == 0o600


def test_no_password_stands_on_a_command_line(running: Path) -> None:
    known = facts(running)
    secrets = [value for part in ("postgres", "valkey") for name, value in known[part].items() if "password" in name]
    assert len(secrets) == 4
    lines = "".join(processes_of(running))
    assert "postgres" in lines
    assert "valkey" in lines
    assert not [secret for secret in secrets if secret in lines]


@pytest.mark.parametrize("user", ["desk_app", "desk_owner", "postgres"])
def test_a_wrong_password_is_refused(running: Path, user: str) -> None:
    port = int(facts(running)["postgres"]["port"])
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host="127.0.0.1", port=port, dbname="desk", user=user, password="wrong")


def test_valkey_answers_nobody_without_the_password(running: Path) -> None:
    port = int(facts(running)["valkey"]["port"])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(b"PING\r\n")
        assert line.recv(100).startswith(b"-NOAUTH")


def test_the_runtime_log_in_may_connect_and_create_nothing(running: Path) -> None:
    with connect(running, "DATABASE_URL") as runtime:
        for statement in ("CREATE TABLE mine (id int)", "CREATE DATABASE mine", "CREATE TEMP TABLE mine (id int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                runtime.execute(statement)


def test_the_owner_has_the_extensions_in_later_databases_without_a_superuser(running: Path) -> None:
    with connect(running) as owner:
        owner.execute("CREATE DATABASE later")
    address = facts(running)["environment"]["DATABASE_OWNER_URL"]
    with psycopg.connect(address.replace("/desk", "/later").replace("//later_", "//desk_")) as later:
        later.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        assert later.execute("SELECT unaccent(lower('AÇÃO')), similarity('conta', 'contas') > 0.5").fetchone() == (
            "acao",
            True,
        )


def test_accented_words_and_spanish_marks_are_parsed_as_words(running: Path) -> None:
    with connect(running) as owner:
        row = owner.execute("SELECT to_tsvector('simple', '¿Qué pasó? — “Ação”')::text").fetchone()
    assert row == ("'ação':3 'pasó':2 'qué':1",)


def test_another_terminal_gets_the_variables_of_the_running_desk(running: Path) -> None:
    variables = environment_of_running_desk(running)
    assert urlsplit(variables["DATABASE_URL"]).username == "desk_app"
    assert urlsplit(variables["DATABASE_OWNER_URL"]).username == "desk_owner"
    assert variables["CELERY_BROKER_URL"].startswith("redis://")


def test_a_killed_postgres_is_back_on_its_port_with_its_rows(place: Path) -> None:
    state = place / "state"
    with running_servers(state):
        with connect(state) as owner:
            owner.execute("CREATE TABLE kept AS SELECT generate_series(1, 1500) AS id")
        before = postmaster(state)
        kill(before)
        assert eventually(lambda: postmaster(state) != before)
        assert eventually(lambda: connect(state).execute("SELECT count(*) FROM kept").fetchone() == (1500,))


def test_a_killed_supervisor_leaves_no_orphan_and_the_next_start_finds_the_rows(place: Path) -> None:
    state = place / "state"
    with running_servers(state) as supervisor:
        with connect(state) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 1 AS id")
        supervisor.kill()
        supervisor.wait()
        assert eventually(lambda: processes_of(state) == [], seconds=10), processes_of(state)
    with running_servers(state):
        assert connect(state).execute("SELECT id FROM kept").fetchone() == (1,)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_clean_and_a_second_terminal_is_told_so(place: Path, number: signal.Signals) -> None:
    state = place / "state"
    with running_servers(state, "--fast") as supervisor:
        supervisor.send_signal(number)
        assert supervisor.wait(timeout=20) == 0
    assert processes_of(state) == []
    assert not (state / "postgres" / "postmaster.pid").exists()
    assert "database system is shut down" in (state / "log" / "postgres.log").read_text()
    assert "environment" not in facts(state)


def test_a_server_that_cannot_stay_up_is_given_up_with_its_last_words(place: Path) -> None:
    state = place / "state"
    with running_servers(state, "--fast"):
        pass
    (state / "postgres" / "pg_hba.conf").write_text("nonsense\n")
    started = supervise("servers", "--state", str(state), "--fast")
    assert started.returncode == 1
    assert "for the 5th time in 30 seconds" in started.stderr
    assert "could not load" in started.stderr
    assert processes_of(state) == []


def test_a_creation_cut_short_is_begun_anew(place: Path) -> None:
    state = place / "state"
    half_done = state / "postgres.new"
    half_done.mkdir(parents=True)
    (half_done / "PG_VERSION").write_text("18\n")
    with EmbeddedServers(state, durable=False, broker=False) as urls:
        assert psycopg.connect(urls.database_url).execute("SELECT 1").fetchone() == (1,)
        assert urls.broker_url == ""


def test_lost_passwords_are_named_before_anything_starts(place: Path) -> None:
    state = place / "state"
    (state / "postgres").mkdir(parents=True)
    (state / "postgres" / "PG_VERSION").write_text("18\n")
    started = supervise("servers", "--state", str(state))
    assert started.returncode == 1
    assert "Restore desk.json from a backup" in started.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down")
def test_root_steps_down_to_nobody_where_the_path_is_open(place: Path) -> None:
    program = str(postgres_programs() / "postgres")
    if as_nobody(program, "--version", env={}).returncode:
        pytest.skip("this checkout is closed to other users")
    with EmbeddedServers(place / "state", durable=False, broker=False) as urls:
        assert psycopg.connect(urls.database_url).execute("SELECT 1").fetchone() == (1,)
    assert (place / "state" / "postgres").stat().st_uid == 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down")
def test_root_hides_in_a_namespace_where_the_path_is_closed_and_stays_there_when_it_opens(place: Path) -> None:
    if subprocess.run(["unshare", "--user", "true"], check=False).returncode:
        pytest.skip("this machine forbids user namespaces")
    place.chmod(0o700)
    for mode in (0o700, 0o755):
        place.chmod(mode)
        with EmbeddedServers(place / "state", durable=False, broker=False) as urls:
            assert psycopg.connect(urls.database_url).execute("SELECT 1").fetchone() == (1,)
        assert (place / "state" / "postgres").stat().st_uid == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_needs_nothing_of_this(place: Path) -> None:
    home = place / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    script = (
        "import sys, pathlib, psycopg\nfrom financy_support.supervisor.servers import EmbeddedServers\n"
        "with EmbeddedServers(pathlib.Path(sys.argv[1]), durable=False, broker=False) as urls:\n"
        "    print(psycopg.connect(urls.database_url).execute('SELECT current_user').fetchone()[0])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path])}
    python = f"/usr/bin/python3.{sys.version_info[1]}"
    if as_nobody(python, "-c", "import psycopg", env=environment).returncode:
        pytest.skip("this Python or the checkout is closed to other users")
    ran = as_nobody(python, "-c", script, str(home / "state"), env=environment)
    assert ran.stdout == "desk_app\n", ran.stderr


def as_nobody(*command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command as another user."""
    try:
        return subprocess.run(
            command,
            env=env,
            user=65534,
            group=65534,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        return subprocess.CompletedProcess([], 126, "", str(error))
