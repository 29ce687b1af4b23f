"""Customers who ask through the verb, so many a second, some of whose transactions are rolled back on purpose."""

from __future__ import annotations

import random
import threading
import time
from typing import Self

from django.db import connection

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from tickets.workflow.open import open_ticket

THREADS = 3


class ChangedTheirMind(Exception):
    """The transaction is to leave no trace."""


class Askers:
    """Ask until the block ends. ``acknowledged`` are references whose commit was confirmed."""

    def __init__(self, customer: Customer, *, per_second: float, rolled_back: float, seed: int) -> None:
        self.attempted = 0
        self.acknowledged: list[str] = []
        self.errors: list[str] = []
        self._customer = customer
        self._pause = THREADS / per_second
        self._rolled_back = rolled_back
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on, args=(random.Random(seed + n),)) for n in range(THREADS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _ask_on(self, dice: random.Random) -> None:
        next_at = time.monotonic() + dice.random() * self._pause
        while not self._stopping.wait(max(next_at - time.monotonic(), 0)):
            next_at += self._pause
            self.attempted += 1
            try:
                self.acknowledged.append(self._ask(dice.random() < self._rolled_back))
            except ChangedTheirMind:
                pass
            except Exception as error:
                self.errors.append(f"{type(error).__name__}: {error}")
        connection.close()

    def _ask(self, changes_mind: bool) -> str:
        by = self._customer.user
        assert by is not None
        with acting(by=by, channel="nemesis") as act:
            ticket = open_ticket(
                customer=self._customer, subject="Nemesis", description="Is anybody there?", by=by, at=act.at
            )
            if changes_mind:
                raise ChangedTheirMind
        return ticket.reference
