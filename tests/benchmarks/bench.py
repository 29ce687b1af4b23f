"""What all figures share: databases by size, servers on them, how long and how often to measure."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.databases import Database, database_of
from tests.benchmarks.load import Load, Maker, press
from tests.benchmarks.processes import Server, cpu_milliseconds, serving

WARM_UP_SECONDS = 1.0


@dataclass(frozen=True)
class Pressed:
    """One server under load: its rate, its times, and the CPU a request of server and cluster, in milliseconds."""

    load: Load
    app: float
    cluster: float

    @property
    def cpu(self) -> float:
        return self.app + self.cluster


@dataclass
class Bench:
    """Databases are made and servers started when a figure first asks for them; they end with ``stack``."""

    folder: Path
    sizes: list[int]
    rounds: int
    seconds: float
    stack: ExitStack
    _databases: dict[int, Database] = field(default_factory=dict)
    _servers: dict[tuple[str, str], Server] = field(default_factory=dict)

    def database(self, tickets: int) -> Database:
        if tickets not in self._databases:
            self._databases[tickets] = database_of(tickets)
        return self._databases[tickets]

    def desk(self, database: Database) -> Server:
        """The desk's own web role on ``database``."""
        environment = {**database.environment(), "DESK_DB_POOL": "1"}
        return self._server("financy_support.wsgi:application", database, environment, probe="/health/live")

    def bare(self, database: Database) -> Server:
        """Views with one raw statement each, under the same server."""
        return self._server("tests.benchmarks.bare:application", database, database.environment(), probe="/bare/")

    def naive(self, database: Database) -> Server:
        """The obvious build, under the same server."""
        return self._server("tests.benchmarks.naive.wsgi:application", database, database.environment(), probe="/api/")

    def press(self, server: Server, make: Maker, *, seconds: float | None = None, connections: int = 4) -> Pressed:
        """One run of load."""
        families = (server.pid, self._cluster)
        before = [cpu_milliseconds(family) for family in families]
        load = press(server.port, make, seconds=seconds or self.seconds, connections=connections)
        spent = [cpu_milliseconds(family) - earlier for family, earlier in zip(families, before, strict=True)]
        return Pressed(load, *(each / load.count for each in spent))

    def warm_up(self, server: Server, make: Maker) -> None:
        press(server.port, make, seconds=WARM_UP_SECONDS)

    @property
    def _cluster(self) -> int:
        return int((self.folder / "servers" / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])

    def _server(self, application: str, database: Database, environment: dict[str, str], *, probe: str) -> Server:
        key = (application, database.name)
        if key not in self._servers:
            log = self.folder / "web.log"
            self._servers[key] = self.stack.enter_context(
                serving(application, log=log, environment={**os.environ, **environment}, probe=probe)
            )
        return self._servers[key]
