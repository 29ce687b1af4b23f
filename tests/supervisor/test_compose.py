"""compose.yml and the Dockerfile name only what exists: modules, commands, variables, log-ins, extensions."""

import functools
import importlib.util
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.core.management import get_commands

from financy_support.celery import app
from financy_support.schedule import BEAT_SCHEDULE
from financy_support.supervisor.account import choose_account
from financy_support.supervisor.crew import Crew
from financy_support.supervisor.postgres import EXTENSIONS, OWNER, RUNTIME, Postgres, postgres_programs
from financy_support.supervisor.roles import roles
from financy_support.supervisor.state import REPOSITORY, State, hold
from tests.supervisor.desk_process import environment, eventually

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yml").read_text())
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", " ")
OWN = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "financy-support"}


def commands_of(service: dict[str, Any]) -> list[list[str]]:
    """Return what a service runs, one list of words a command; without its own command, the image's."""
    command = service.get("command") or yaml.safe_load(re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[-1])
    if isinstance(command, str):
        return [shlex.split(command)]
    return [shlex.split(line) for line in command[-1].splitlines()] if command[0] == "sh" else [command]


@pytest.mark.parametrize("name", OWN)
def test_each_service_starts_something_that_exists(name: str) -> None:
    for words in commands_of(OWN[name]):
        program = words[0]
        assert importlib.util.find_spec(program) or program == "python"
        if program == "python":
            assert words[1] == "manage.py"
            assert words[2] in get_commands()
        elif program == "celery":
            assert importlib.util.find_spec(words[words.index("-A") + 1])
        else:
            assert importlib.util.find_spec(words[-1].partition(":")[0])


def test_compose_has_the_same_roles_as_make_run_with_the_same_options(tmp_path: Path) -> None:
    variables = {"DESK_PORT": "8000", "DESK_LIVE_PORT": "8001", **environment()}
    ours = {role.name: role.command for role in roles(State(tmp_path, {}), variables, mailbox_port=None)}
    assert set(ours) == set(OWN) - {"set-up"}
    for name, command in ours.items():
        (theirs,) = commands_of(OWN[name])
        options = {word for word in theirs if word.startswith("--")}
        assert options <= {word for word in command if word.startswith("--")}, name


def test_every_queue_has_a_worker_and_sweeps_share_theirs_with_nothing(tmp_path: Path) -> None:
    app.loader.import_default_modules()
    variables = {"DESK_PORT": "8000", "DESK_LIVE_PORT": "8001", **environment()}
    ours = {role.name: role.command for role in roles(State(tmp_path, {}), variables, mailbox_port=None)}
    theirs = {name: words for name, service in OWN.items() for words in commands_of(service)}
    for commands in (ours, theirs):
        taken = {name: queues_of(words) for name, words in commands.items() if "worker" in words}
        queues = {job["task"]: queue_of(job["task"]) for job in BEAT_SCHEDULE.values()}
        assert set(queues.values()) == set().union(*taken.values())
        sweep = queues.pop("financy_support.tasks.sweep")
        assert sweep not in queues.values()
        assert {name for name, some in taken.items() if sweep in some} == {"sweeper"}
        assert taken["sweeper"] == {sweep}


def queues_of(words: list[str]) -> set[str]:
    return set(words[words.index("--queues") + 1].split(","))


def queue_of(task: str) -> str:
    """Where Celery itself sends a wake-up."""
    return str(app.amqp.router.route({}, task)["queue"].name)


def test_every_variable_is_one_that_the_settings_read() -> None:
    settings = (REPOSITORY / "financy_support" / "settings.py").read_text()
    for name, service in OWN.items():
        for variable in service["environment"]:
            assert f'"{variable}"' in settings, f"{name}: {variable}"


def test_what_says_whose_mail_it_is_every_service_knows() -> None:
    """The door takes mail for the support address; the workers believe it, answer it and sign what they send."""
    for name, service in OWN.items():
        assert {"DESK_SUPPORT_ADDRESS", "DESK_AUTHSERV_ID"} <= set(service["environment"]), name


def test_only_the_set_up_knows_the_owner_and_only_web_has_a_pool() -> None:
    assert [name for name, service in OWN.items() if "DATABASE_OWNER_URL" in service["environment"]] == ["set-up"]
    assert [name for name, service in OWN.items() if "DESK_DB_POOL" in service["environment"]] == ["web"]


def test_every_service_is_named_and_every_volume_and_config_declared() -> None:
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
        assert {config["source"] for config in service.get("configs", [])} <= set(COMPOSE["configs"])
        assert ":latest" not in service["image"]


def test_the_log_ins_of_compose_are_those_of_the_embedded_database(place: Path) -> None:
    script = COMPOSE["configs"]["log-ins"]["content"].replace("$$", "$")
    with hold(place / "state") as state, Crew(print) as crew:
        account = choose_account(state, postgres_programs() / "postgres")
        postgres = Postgres(state, account, durable=False)
        postgres.make()
        crew.add(postgres.child())
        assert eventually(postgres.is_ready)
        port = str(state.section("postgres")["port"])
        secret = functools.partial(state.secret, "postgres")
        variables = {
            "PGHOST": "127.0.0.1",
            "PGPORT": port,
            "PGPASSWORD": secret("superuser_password"),
            "DESK_OWNER_PASSWORD": secret("desk_owner_password"),
            "DESK_APP_PASSWORD": secret("desk_app_password"),
        }
        path = f"{postgres_programs()}:{os.environ['PATH']}"
        subprocess.run(["sh", "-c", script], env={"PATH": path, **variables}, check=True, capture_output=True)
        with psycopg.connect(postgres.url(OWNER)) as owner:
            owner.execute("CREATE TABLE kept AS SELECT unaccent('ação') AS word")
            found = {name for (name,) in owner.execute("SELECT extname FROM pg_extension").fetchall()}
        assert found == {"plpgsql", *EXTENSIONS}
        with psycopg.connect(postgres.url(RUNTIME)) as runtime, pytest.raises(psycopg.errors.InsufficientPrivilege):
            runtime.execute("SELECT word FROM kept")


def test_the_image_runs_as_an_ordinary_user_on_the_locked_packages() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (\w+)$", last_stage, re.MULTILINE) == ["desk"]
    assert "--require-hashes" in DOCKERFILE
    for source in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE):
        assert all((REPOSITORY / path).exists() for path in source.split())
