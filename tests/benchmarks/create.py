"""P1: a ticket is opened by API (key, validation, triage, promises, history, greeting), against one raw INSERT."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from functools import partial

from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, interleaved, median, within
from tests.benchmarks.load import Maker, request
from tests.benchmarks.people import asking_customers, bearer
from tests.benchmarks.statements import statements_of_request

AGAINST = "DRF-serializer-and-one-raw-INSERT-under-the-same-server"
WORDS = "The statement of my account was not taken in and shows an error. " * 4
SEVERITIES = ("medium", "low", "medium", "high", "low", "medium", "low", "medium")
CATEGORIES = ("billing", "account", "transaction", "technical", "data", "other")


def figures(bench: Bench) -> Iterator[Figure]:
    """Requests a second, CPU and statements a request."""
    for tickets in bench.sizes:
        database = bench.database(tickets)
        database.enter()
        tokens = [bearer(customer) for customer in asking_customers()]
        desk, bare = bench.desk(database), bench.bare(database)
        opening, inserting = opening_with(tokens), inserting_raw()
        bench.warm_up(desk, opening)
        bench.warm_up(bare, inserting)
        runs = interleaved(
            {"desk": partial(bench.press, desk, opening), "bare": partial(bench.press, bare, inserting)}, bench.rounds
        )
        rates = [one.load.rate / other.load.rate for one, other in zip(runs["desk"], runs["bare"], strict=True)]
        rate = median(one.load.rate for one in runs["desk"])
        cpu, least = (median(one.cpu for one in runs[name]) for name in ("desk", "bare"))
        yield Figure(f"P1.create@{tickets}", rate, "requests/s", median(rates), AGAINST, least=0.35)
        yield Figure(f"P1.create.cpu@{tickets}", cpu, "ms", cpu / least, AGAINST)
        cluster = median(one.cluster for one in runs["desk"])
        yield Figure(f"P1.create.cpu.cluster@{tickets}", cluster, "ms", cluster / cpu, "all-of-its-CPU")
        p50 = median(one.load.p50 for one in runs["desk"])
        yield Figure(f"P1.create.p50@{tickets}", p50, "ms", p50 / median(one.load.p50 for one in runs["bare"]), AGAINST)
    sent = statements_of_request("POST", "/api/v1/tickets/", lambda: tokens[0] | key(), new_ticket(0))
    yield within("P1.create.statements", len(sent), "statements", 12)


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def new_ticket(number: int) -> dict[str, str]:
    """What a customer sends."""
    return {
        "subject": f"Statement {number} is not taken in",
        "description": WORDS,
        "severity": SEVERITIES[number % len(SEVERITIES)],
        "category": CATEGORIES[number % len(CATEGORIES)],
    }


def opening_with(tokens: list[dict[str, str]]) -> Maker:
    """Each request by another customer, with a key of its own."""
    turns = itertools.cycle(tokens)
    return lambda number: request("POST", "/api/v1/tickets/", next(turns) | key(), new_ticket(number))


def inserting_raw() -> Maker:
    def make(number: int) -> bytes:
        said = new_ticket(number)
        body = {"queue": 1 + number % 8, "customer": 1 + number % 500, "subject": said["subject"]}
        return request("POST", "/bare/create/", None, body | {"body": said["description"], "severity": 1 + number % 4})

    return make
