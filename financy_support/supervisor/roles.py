"""The processes that make up a desk on one machine, each with its command."""

import sys
from pathlib import Path

from financy_support.supervisor.crew import Child
from financy_support.supervisor.state import REPOSITORY, State

WITHHELD = ("DATABASE_OWNER_URL", "DESK_DEMO_PASSWORD")
CELERY = ["celery", "-A", "financy_support.celery"]


def roles(state: State, environment: dict[str, str], mailbox_port: int | None) -> list[Child]:
    """Return web, live, sweeper, worker, beat, engine and mail, and the local mailbox when it has a port.

    They run as the user who started the desk and are not told the database owner's password: only migrations need it.
    """
    environment = {name: value for name, value in environment.items() if name not in WITHHELD}
    threads = environment.get("DESK_BLOCKING_THREADS", "4")
    web = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", environment["DESK_PORT"], "--no-ws"]
    web += ["--workers", "2", "--blocking-threads", threads, "--respawn-failed-workers", "--workers-kill-timeout", "10"]
    live = ["granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", environment["DESK_LIVE_PORT"], "--no-ws"]
    live += [
        "--workers",
        "1",
        "--respawn-failed-workers",
        "--workers-kill-timeout",
        "2",
    ]  # its streams never end by themselves
    worker = ["-m", *CELERY, "worker", "--loglevel", "WARNING", "--pool", "prefork", "--concurrency", "1"]
    worker += ["--without-gossip", "--without-mingle"]
    schedule = state.subfolder("beat") / "schedule"
    commands = {
        "web": ["-m", *web, "financy_support.wsgi:application"],
        "live": ["-m", *live, "financy_support.asgi:application"],
        "sweeper": [*worker, "--queues", "sweep"],  # of its own: whatever keeps the worker, promises are kept
        "worker": [*worker, "--queues", "celery"],
        "beat": ["-m", *CELERY, "beat", "--loglevel", "WARNING", "--schedule", str(schedule)],
        "engine": ["manage.py", "engine"],
        "mail": ["manage.py", "mail"],
    }
    if mailbox_port:
        folder = Path(environment["DESK_MAILBOX"])
        listen = ["--port", str(mailbox_port), "--folder", str(folder)]
        commands = {"mailbox": ["-m", "financy_support.supervisor.mailbox", *listen], **commands}
    return [_role(state, name, arguments, environment) for name, arguments in commands.items()]


def _role(state: State, name: str, arguments: list[str], environment: dict[str, str]) -> Child:
    pooled = {"DESK_DB_POOL": "1" if name == "web" else "0"}  # Celery closes a pool after every task
    return Child(
        name,
        [sys.executable, *arguments],
        log=state.subfolder("log") / f"{name}.log",
        environment=environment | pooled,
        cwd=REPOSITORY,
    )
