"""PostgreSQL and Valkey for one block of code: the desk itself, the tests, a benchmark."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from financy_support.supervisor.account import choose_account
from financy_support.supervisor.crew import Child, Crew
from financy_support.supervisor.postgres import OWNER, RUNTIME, Postgres, postgres_programs
from financy_support.supervisor.refusal import CannotStart
from financy_support.supervisor.state import State, hold
from financy_support.supervisor.valkey import Valkey, valkey_program

START_SECONDS = 60.0


@dataclass(frozen=True)
class Urls:
    """Where the servers of the block are; empty for one that was not asked for."""

    database_url: str
    database_owner_url: str
    broker_url: str
    state: State

    def environment(self) -> dict[str, str]:
        """Return them as the variables that the settings read."""
        variables = {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.database_owner_url,
            "CELERY_BROKER_URL": self.broker_url,
        }
        return {name: value for name, value in variables.items() if value}


class EmbeddedServers:
    """Starts the embedded servers on entry, keeps them alive, and stops them on exit, Valkey first.

    `state` is a folder, or a State that the caller holds already. `durable=False` gives the last commits up to a
    killed server for speed, which suits tests that kill none. Raises CannotStart when the state folder is taken or a
    server does not come up within 60 seconds.
    """

    def __init__(
        self,
        state: Path | State,
        durable: bool = True,
        broker: bool = True,
        database: bool = True,
        report: Callable[[str], None] | None = None,
    ) -> None:
        self._place = state
        self._durable = durable
        self._broker = broker
        self._database = database
        self._stack = ExitStack()
        self.crew = Crew(report or _to_stderr)

    def __enter__(self) -> Urls:
        with ExitStack() as stack:
            state = self._place if isinstance(self._place, State) else stack.enter_context(hold(self._place))
            stack.enter_context(self.crew)
            postgres = self._start_postgres(state) if self._database else None
            valkey = self._start_valkey(state) if self._broker else None
            self._stack = stack.pop_all()
        return Urls(
            postgres.url(RUNTIME) if postgres else "",
            postgres.url(OWNER) if postgres else "",
            valkey.url() if valkey else "",
            state,
        )

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start_postgres(self, state: State) -> Postgres:
        account = choose_account(state, postgres_programs() / "postgres")
        postgres = Postgres(state, account, durable=self._durable)
        postgres.make()
        self._start(postgres.child(), postgres.is_ready)
        postgres.prepare()
        return postgres

    def _start_valkey(self, state: State) -> Valkey:
        account = choose_account(state, valkey_program())
        valkey = Valkey(state, account, durable=self._durable)
        valkey.make()
        self._start(valkey.child(), valkey.is_ready)
        return valkey

    def _start(self, child: Child, is_ready: Callable[[], bool]) -> None:
        self.crew.add(child)
        deadline = time.monotonic() + START_SECONDS
        while not (child.process and is_ready()):
            if self.crew.given_up or time.monotonic() > deadline:
                raise CannotStart(
                    self.crew.given_up or f"{child.name} did not answer within {START_SECONDS:.0f} seconds.",
                    f"Its whole log is {child.log}.",
                )
            time.sleep(0.02)


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
