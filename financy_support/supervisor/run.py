"""`make run`: servers, schema, guide, demo people, roles; then watch over them until Ctrl-C."""

import http.client
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from financy_support.supervisor.bootstrap import Steps, say
from financy_support.supervisor.crew import Crew, end_of
from financy_support.supervisor.ports import is_taken, keep_port
from financy_support.supervisor.refusal import CannotStart
from financy_support.supervisor.roles import roles
from financy_support.supervisor.servers import EmbeddedServers, Urls
from financy_support.supervisor.state import REPOSITORY, State, hold
from financy_support.supervisor.stopping import stoppable

MEGABYTES_NEEDED = 300
READY_SECONDS = 120.0
LATE = '503 {"status": "late"'  # it serves, and has work from before to catch up with
FOR_OTHER_TERMINALS = ("DATABASE_URL", "DATABASE_OWNER_URL", "CELERY_BROKER_URL", "EMAIL_URL")
DEMO_PEOPLE = """\
  agents     tier1@  tier2@  tier3@  tier4@financy.example
  staff      editor@  reviewer@  approver@  commander@  admin@financy.example
  customers  ana@  ben@  bea@  carmen@example.com"""


def run_desk(folder: Path) -> None:
    """Run the whole desk on the state folder until a signal ends it.

    Raises CannotStart when the folder is held or not writable, the disk is nearly full or the port is taken (before
    anything starts), and when a step fails or a process keeps dying (after everything is stopped again).
    """
    port = _port()
    with hold(folder) as state:
        _refuse_little_space(folder)
        _refuse_taken_port(port, patience=5.0 if state.ended_badly else 0.0)
        with stoppable() as hurry, ExitStack() as started:
            _start_and_watch(state, port, started, hurry)
        say("Stopped.")


def _start_and_watch(state: State, port: int, started: ExitStack, hurry: threading.Event) -> None:
    database, broker = (not os.environ.get(name) for name in ("DATABASE_URL", "CELERY_BROKER_URL"))
    servers = EmbeddedServers(state, database=database, broker=broker, report=say)
    commands = _commands(state)
    steps = Steps(len(commands) + 2)
    embedded = [name for name, wanted in (("PostgreSQL", database), ("Valkey", broker)) if wanted]
    with steps.step(f"Starting {' and '.join(embedded) or 'no server, since both are given'}"):
        urls = started.enter_context(servers)
    mailbox_port = None if os.environ.get("EMAIL_URL") else keep_port(state.section("mailbox"))
    environment = _environment(urls, state, port, mailbox_port)
    for text, arguments in commands:
        with steps.step(text):
            _manage(state, environment, arguments)
    _remember_demo(state)
    children = roles(state, environment, mailbox_port)
    names = ", ".join(child.name for child in children)
    with steps.step(f"Starting {names}"):
        started.callback(servers.crew.stop, *children, hurry=hurry)
        started.callback(say, f"\nStopping {', '.join([names, *reversed(embedded)])}. Ctrl-C again ends them at once.")
        for child in children:
            servers.crew.add(child)
        _wait_until_ready(servers.crew, port)
    address = f"http://127.0.0.1:{port}/"
    state.publish(_for_other_terminals(environment), address)
    _announce(state, address)
    servers.crew.changed.wait()
    raise _given_up(servers.crew)


def _environment(urls: Urls, state: State, port: int, mailbox_port: int | None) -> dict[str, str]:
    """Return the variables of every process: what the caller has set wins over what the desk makes up."""
    made_up = {
        "DESK_ENV": "development",
        "DESK_BASE_URL": f"http://127.0.0.1:{port}",
        "DESK_SECRET_KEY": state.secret("desk", "secret_key", strength=64),
        "DESK_FIELD_KEYS": state.secret("desk", "field_key", strength=32),
        "DESK_LIVE_PORT": os.environ.get("DESK_LIVE_PORT") or str(keep_port(state.section("live"))),
        "DESK_MAILBOX": str(state.folder / "mailbox"),
        "DESK_MEDIA": str(state.folder / "media"),
        "PYTHONUNBUFFERED": "1",
    }
    made_up["DESK_MAIL_LISTEN"] = f"smtp://127.0.0.1:{keep_port(state.section('mail'))}"
    if mailbox_port:
        made_up["EMAIL_URL"] = f"smtp://127.0.0.1:{mailbox_port}"
    given = {name: value for name, value in os.environ.items() if value}
    facts = {"DESK_STATE": str(state.folder), "DESK_PORT": str(port), "DESK_DEMO_PASSWORD": _demo_password(state)}
    return made_up | given | urls.environment() | facts


def _commands(state: State) -> list[tuple[str, list[str]]]:
    commands = [
        ("Bringing the database up to date", ["migrate", "--no-input"]),
        ("Loading the handbook", ["load_guide"]),
    ]
    if not _demo_is_loaded(state):
        commands.append(("Loading demo people and tickets", ["load_demo"]))
    if _is_production():  # elsewhere whitenoise serves them from where they are
        commands.append(("Collecting static files", ["collectstatic", "--no-input"]))
    return commands


def _manage(state: State, environment: dict[str, str], arguments: list[str]) -> None:
    log = state.subfolder("log") / f"{arguments[0]}.log"
    with log.open("wb") as file:
        command = [sys.executable, "manage.py", *arguments]
        ended = subprocess.run(
            command, env=environment, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False
        )
    if ended.returncode:
        raise CannotStart(
            f"manage.py {' '.join(arguments)} failed. The end of {log}:\n{end_of(log)}",
            "Mend what it names and start again; what was done so far is kept.",
        )


def _demo_password(state: State) -> str:
    """Return the password the demo people have, or will get: theirs is set when they are loaded, once a database."""
    demo = state.section("demo")
    if not _demo_is_loaded(state) and os.environ.get("DESK_DEMO_PASSWORD"):
        demo["password"] = os.environ["DESK_DEMO_PASSWORD"]
    return state.secret("demo", "password", strength=12)


def _demo_is_loaded(state: State) -> bool:
    return _is_production() or _database() in state.section("demo").get("loaded_into", [])


def _remember_demo(state: State) -> None:
    if not _demo_is_loaded(state):
        state.section("demo").setdefault("loaded_into", []).append(_database())
        state.save()


def _database() -> str:
    return os.environ.get("DATABASE_URL", "").rpartition("@")[2] or "embedded"


def _is_production() -> bool:
    return os.environ.get("DESK_ENV") == "production"


def _wait_until_ready(crew: Crew, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not (answer := _answer(port)).startswith(("200", LATE)):
        if crew.given_up:
            raise _given_up(crew)
        if time.monotonic() > deadline:
            raise CannotStart(
                f"http://127.0.0.1:{port}/health/ready did not answer 200 in {READY_SECONDS:.0f} seconds; "
                f"the last answer: {answer}",
                "The logs in the folder `log` of the state folder say more.",
            )
        time.sleep(0.2)


def _answer(port: int) -> str:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/health/ready")
        response = line.getresponse()
        return f"{response.status} {response.read(2000).decode(errors='replace')}"
    except (OSError, http.client.HTTPException) as error:
        return f"none ({error})"
    finally:
        line.close()


def _announce(state: State, address: str) -> None:
    say(f"\nReady: {address}")
    if not _is_production():
        say(f"Demo log-ins, all with the password {_demo_password(state)}\n{DEMO_PEOPLE}")
    say(f"Logs: {state.folder / 'log'}   Ctrl-C stops the desk.")


def _for_other_terminals(environment: dict[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environment.items() if name in FOR_OTHER_TERMINALS or name.startswith("DESK_")
    }


def _given_up(crew: Crew) -> CannotStart:
    return CannotStart(str(crew.given_up), "Mend what its log names and start again.")


def _port() -> int:
    text = os.environ.get("DESK_PORT") or "8000"
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65_535):
        raise CannotStart(f"DESK_PORT is {text!r}, which is no port.", "Give a number from 1 to 65535, such as 8000.")
    return int(text)


def _refuse_taken_port(port: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while is_taken(port):
        if time.monotonic() >= deadline:
            raise CannotStart(
                f"Port {port} of 127.0.0.1 is taken by another program.",
                f"Stop that program, or choose another port: DESK_PORT={port + 1 if port < 65_535 else 8000} make run",
            )
        time.sleep(0.1)


def _refuse_little_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < MEGABYTES_NEEDED:
        raise CannotStart(
            f"The disk is full: {free} MB are free for {folder}, {MEGABYTES_NEEDED} are needed.",
            "Free some space, or set DESK_STATE to a folder on another disk.",
        )
