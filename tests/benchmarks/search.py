"""P5: tickets by their words, seldom or often said or never, by queryset and by API, for each kind of reader."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import quote

from django.db import connection

from financy_support.desk.people.user import User
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, interleaved, median, within
from tests.benchmarks.load import Maker, request
from tests.benchmarks.people import administrator, agent_of, asking_customers, bearer
from tests.benchmarks.seed_words import searches
from tickets.models import Ticket

PAGE = 26
MOST_MILLISECONDS = 50


def figures(bench: Bench) -> Iterator[Figure]:
    """The page of the 25 newest that match, on the largest desk."""
    tickets = bench.sizes[-1]
    database = bench.database(tickets)
    database.enter()
    desk = bench.desk(database)
    readers = {"admin": administrator(), "agent": agent_of(1), "customer": _customer_as_read_by_api()}
    by_queryset: dict[str, Callable[[], float]] = {}
    by_api = {}
    for who, reader in readers.items():
        token = bearer(reader)
        for how_often, words in searches().items():
            by_queryset[f"{who}.{how_often}"] = partial(_milliseconds, reader, words)
            by_api[f"{who}.{how_often}"] = partial(
                bench.press, desk, _asking_for(words, token), seconds=bench.seconds / 6, connections=1
            )
    connection.ensure_connection()
    taken = interleaved(by_queryset, bench.rounds)
    for name, times in taken.items():
        yield within(f"P5.queryset.{name}.p50@{tickets}", median(times), "ms", MOST_MILLISECONDS)
    runs = interleaved(by_api, bench.rounds)
    for name, presses in runs.items():
        p50 = median(one.load.p50 for one in presses)
        yield within(f"P5.api.{name}.p50@{tickets}", p50, "ms", MOST_MILLISECONDS)


def _milliseconds(reader: User, words: list[str]) -> float:
    """Median over the words, each searched once."""
    times = []
    for word in words:
        began = time.perf_counter()
        found = Ticket.objects.visible_to(reader).saying(word, by_staff=reader.is_agent).order_by("-id")
        list(found.values("pk")[:PAGE])
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def _asking_for(words: list[str], token: dict[str, str]) -> Maker:
    turns = itertools.cycle([request("GET", f"/api/v1/tickets/?q={quote(word)}", token) for word in words])
    return lambda number: next(turns)


def _customer_as_read_by_api() -> User:
    """With organisation, as authentication reads them."""
    pk = asking_customers()[4].pk  # the fifth is of an organisation that shares
    return User.objects.select_related("customer__organisation").get(pk=pk)
