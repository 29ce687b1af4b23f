"""P3: one ticket with its conversation, promises and resolutions, against the obvious build of the same."""

from __future__ import annotations

import os
import random
import secrets
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from financy_support.supervisor.state import REPOSITORY
from tests.benchmarks.bench import Bench
from tests.benchmarks.databases import Database, administering
from tests.benchmarks.figure import Figure, interleaved, median, within
from tests.benchmarks.load import Maker, request
from tests.benchmarks.people import administrator, bearer
from tests.benchmarks.statements import statements_of_request
from tickets.models.ticket import reference_of

AGAINST = "ModelViewSet-and-simple-history-under-the-same-server"
SEED = Path(__file__).parent / "naive" / "seed.sql"


def figures(bench: Bench) -> Iterator[Figure]:
    """Random tickets, by an administrator; the obvious build has as many as the smallest desk."""
    naive, naive_token = _make_naive(bench.sizes[0])
    server = bench.naive(naive)
    obvious = some_ticket("/api/tickets/{}/", {"Authorization": f"Token {naive_token}"}, bench.sizes[0], str)
    bench.warm_up(server, obvious)
    measures = {"naive": partial(bench.press, server, obvious)}
    for tickets in bench.sizes:
        database = bench.database(tickets)
        database.enter()
        token = bearer(administrator())
        desk = bench.desk(database)
        detail = some_ticket("/api/v1/tickets/{}/", token, tickets, reference_of)
        bench.warm_up(desk, detail)
        measures[f"desk@{tickets}"] = partial(bench.press, desk, detail)
    runs = interleaved(measures, bench.rounds)
    smallest = median(one.load.p50 for one in runs[f"desk@{bench.sizes[0]}"])
    naive_cpu = median(one.cpu for one in runs["naive"])
    for tickets in bench.sizes:
        desk_runs = runs[f"desk@{tickets}"]
        rates = [one.load.rate / other.load.rate for one, other in zip(desk_runs, runs["naive"], strict=True)]
        rate, cpu = median(one.load.rate for one in desk_runs), median(one.cpu for one in desk_runs)
        p50 = median(one.load.p50 for one in desk_runs)
        yield Figure(f"P3.detail@{tickets}", rate, "requests/s", median(rates), AGAINST, least=1.5)
        yield Figure(f"P3.detail.cpu@{tickets}", cpu, "ms", cpu / naive_cpu, AGAINST)
        if tickets != bench.sizes[0]:
            yield Figure(f"P3.detail.p50@{tickets}", p50, "ms", p50 / smallest, f"{bench.sizes[0]}-tickets", most=1.25)
    sent = statements_of_request("GET", f"/api/v1/tickets/{reference_of(1000)}/", lambda: token)
    yield within("P3.detail.statements", len(sent), "statements", 6)


def some_ticket(path: str, token: dict[str, str], tickets: int, name: object) -> Maker:
    """GET of a ticket chosen by dice that fall the same way in every run."""
    dice = random.Random(7)
    assert callable(name)
    return lambda number: request("GET", path.format(name(dice.randint(1, tickets))), token)


def _make_naive(tickets: int) -> tuple[Database, str]:
    """Its database anew: a quick one to fill."""
    database, token = Database("naive", tickets), secrets.token_hex(20)
    with administering() as owner:
        owner.execute('DROP DATABASE IF EXISTS "naive" WITH (FORCE)')
        owner.execute('CREATE DATABASE "naive"')
    settings = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.naive.settings"}
    for options in ([], ["--run-syncdb"]):  # Django's own tables first: those without migrations refer to them
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity", "0", *options],
            cwd=REPOSITORY,
            env={**os.environ, **database.environment(), **settings},
            check=True,
        )
    with database.owner() as owner:
        owner.execute(SEED.read_text(encoding="utf-8").replace(":tickets", str(tickets)).replace(":token", token))
    return database, token
