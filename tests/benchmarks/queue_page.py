"""P4: the back office's queue of 25 rows in its views, over HTTP with a session, on a large desk and a small one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from django.conf import settings
from django.test import Client
from django.urls import reverse

from financy_support.desk.people.user import User
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, interleaved, median, within
from tests.benchmarks.listing import asking
from tests.benchmarks.people import administrator, agent_of
from tests.benchmarks.statements import statements_of_request

VIEWS = {
    "admin-live": "",
    "admin-all": "?view=all",
    "admin-breached": "?view=breached",
    "admin-closed": "?status__exact=closed",
    "admin-tier": "?tier=2&view=live",
    "admin-page-10": "?p=10",
    "agent-live": "",
    "agent-mine": "?view=mine",
    "agent-team": "?view=team",
    "agent-all": "?view=all",
}


def figures(bench: Bench) -> Iterator[Figure]:
    """Each view by itself on one connection."""
    measures, clients = {}, {}
    for tickets in bench.sizes:
        database = bench.database(tickets)
        database.enter()
        desk = bench.desk(database)
        clients[tickets] = {"admin": _logged_in(administrator()), "agent": _logged_in(agent_of(1))}
        for name, query in VIEWS.items():
            cookie = {"Cookie": _cookie(clients[tickets][name.partition("-")[0]])}
            page = asking(_queue() + query, cookie)
            measures[f"{name}@{tickets}"] = partial(bench.press, desk, page, seconds=bench.seconds / 3, connections=1)
    runs = interleaved(measures, bench.rounds)
    largest, smallest = bench.sizes[-1], bench.sizes[0]
    for name in VIEWS:
        p50 = {tickets: median(one.load.p50 for one in runs[f"{name}@{tickets}"]) for tickets in bench.sizes}
        yield within(f"P4.{name}.p50@{largest}", p50[largest], "ms", 60)
        if largest != smallest:
            growth = p50[largest] / p50[smallest]
            yield Figure(f"P4.{name}.growth", p50[largest], "ms", growth, f"{smallest}-tickets", most=1.3)
    for who, client in clients[largest].items():
        sent = statements_of_request("GET", _queue(), dict, client=client)
        yield within(f"P4.{who}.statements", len(sent), "statements", 12)


def _queue() -> str:
    return reverse("admin:tickets_ticket_changelist")


def _logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _cookie(client: Client) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
