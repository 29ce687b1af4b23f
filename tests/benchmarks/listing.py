"""P2: the API's list of 25 by keyset, against a page by one raw statement; and whether a hundredfold desk slows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from django.db import connection

from financy_support.api.pagination import Cursor
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, interleaved, median, within
from tests.benchmarks.load import Connection, Maker, request
from tests.benchmarks.people import administrator, agent_of, asking_customers, bearer
from tests.benchmarks.statements import statements_of_request

AGAINST = "DRF-page-by-one-raw-SELECT-under-the-same-server"
FIRST = "/api/v1/tickets/"
PAGES = {
    "agent": FIRST,
    "agent-queue": f"{FIRST}?ordering=next_due_at",
    "agent-open": f"{FIRST}?status=open",
    "agent-mine": f"{FIRST}?assignee=me&ordering=next_due_at",
    "agent-team": f"{FIRST}?team=customer_support&ordering=next_due_at",
    "agent-critical": f"{FIRST}?severity=critical",
    "agent-breached": f"{FIRST}?breached=true&ordering=next_due_at",
    "admin": FIRST,
    "admin-tier-4": f"{FIRST}?tier=4",
    "customer": FIRST,
}


def figures(bench: Bench) -> Iterator[Figure]:
    """The first page under load at every size at once, then each reader's pages one after the other."""
    measures, tokens = {}, {}
    for tickets in bench.sizes:
        database = bench.database(tickets)
        database.enter()
        tokens[tickets] = {
            "agent": bearer(agent_of(1)),
            "admin": bearer(administrator()),
            "customer": bearer(asking_customers()[0]),
        }
        desk, bare = bench.desk(database), bench.bare(database)
        page = asking(FIRST, tokens[tickets]["agent"])
        raw = lambda number: request("GET", f"/bare/page/?queue={1 + number % 8}")  # noqa: E731  as asking() above
        bench.warm_up(desk, page)
        bench.warm_up(bare, raw)
        measures[f"desk@{tickets}"] = partial(bench.press, desk, page)
        measures[f"bare@{tickets}"] = partial(bench.press, bare, raw)
    runs = interleaved(measures, bench.rounds)
    smallest = median(one.load.p50 for one in runs[f"desk@{bench.sizes[0]}"])
    for tickets in bench.sizes:
        desk_runs, bare_runs = runs[f"desk@{tickets}"], runs[f"bare@{tickets}"]
        rates = [one.load.rate / other.load.rate for one, other in zip(desk_runs, bare_runs, strict=True)]
        cpu, least = (median(one.cpu for one in some) for some in (desk_runs, bare_runs))
        p50 = median(one.load.p50 for one in desk_runs)
        rate = median(one.load.rate for one in desk_runs)
        yield Figure(f"P2.list@{tickets}", rate, "requests/s", median(rates), AGAINST, least=0.35)
        yield Figure(f"P2.list.cpu@{tickets}", cpu, "ms", cpu / least, AGAINST)
        if tickets != bench.sizes[0]:
            yield Figure(f"P2.list.p50@{tickets}", p50, "ms", p50 / smallest, f"{bench.sizes[0]}-tickets", most=1.25)
    yield from _by_reader(bench, tokens)
    sent = statements_of_request("GET", FIRST, lambda: tokens[bench.sizes[-1]]["agent"])
    yield within("P2.list.statements", len(sent), "statements", 3)


def asking(path: str, token: dict[str, str]) -> Maker:
    """The same GET again and again."""
    message = request("GET", path, token)
    return lambda number: message


def _by_reader(bench: Bench, tokens: dict[int, dict[str, dict[str, str]]]) -> Iterator[Figure]:
    """Each page's p50 by itself on one connection, in milliseconds against the same page on the smallest desk."""
    measures = {}
    for tickets in bench.sizes:
        desk = bench.desk(bench.database(tickets))
        for name, path in PAGES.items():
            token = tokens[tickets][name.partition("-")[0]]
            measures[f"{name}@{tickets}"] = partial(
                bench.press, desk, asking(path, token), seconds=bench.seconds / 6, connections=1
            )
        deep = _deep_page(desk.port, tokens[tickets]["agent"])
        measures[f"agent-deep@{tickets}"] = partial(
            bench.press, desk, asking(deep, tokens[tickets]["agent"]), seconds=bench.seconds / 6, connections=1
        )
    runs = interleaved(measures, bench.rounds)
    for name in [*PAGES, "agent-deep"]:
        p50 = {tickets: median(one.load.p50 for one in runs[f"{name}@{tickets}"]) for tickets in bench.sizes}
        for tickets in bench.sizes[1:]:
            against = f"{bench.sizes[0]}-tickets"
            yield Figure(f"P2.{name}.p50@{tickets}", p50[tickets], "ms", p50[tickets] / p50[bench.sizes[0]], against)


def _deep_page(port: int, token: dict[str, str]) -> str:
    """The page after the middle of all tickets."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) / 2 FROM tickets_ticket")
        middle = cursor.fetchone()[0]
    path = f"{FIRST}?cursor={Cursor('-created_at', False, [middle]).sign()}"
    with Connection(port) as line:
        status, body = line.ask(request("GET", path, token))
    if status != b"200" or len(json.loads(body)["results"]) != 25:
        raise RuntimeError(f"{path}: {status!r} {body[:300]!r}")
    return path
