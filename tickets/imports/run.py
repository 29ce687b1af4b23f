"""ImportRun: a file, a shape and how far; yields each batch of rows once it is committed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import DeskError
from financy_support.desk.people.user import SystemActor, system_actor
from tickets.imports.arrival import Arrival, arrival_of, slug
from tickets.imports.csv_file import CsvFile, Row
from tickets.imports.shape import Shape
from tickets.workflow.import_rows import Outcome, import_rows

BATCH = 200  # rows a transaction: what an interrupt or a crash loses and the next run brings again


@dataclass(frozen=True)
class ImportRun:
    """One import. ``offset`` rows are left out, then at most ``limit`` taken (None: all)."""

    file: CsvFile
    shape: Shape
    fallback_language: str = ""
    greeting: bool = True
    offset: int = 0
    limit: int | None = None

    def rows(self) -> Iterator[Row]:
        """The rows that this run takes, whether they can be read or not."""
        end = None if self.limit is None else self.offset + self.limit
        return islice(self.file.rows(), self.offset, end)

    def batches(self) -> Iterator[list[tuple[Row, Outcome]]]:
        """Import everything; yields (row, outcome) pairs of each batch after its commit.

        A run that ends early has brought in every batch it yielded. The same run again finds those by their source.
        """
        rows = self.rows()
        importer = system_actor(SystemActor.IMPORTER)
        while batch := list(islice(rows, BATCH)):
            read = [(row, self._read(row)) for row in batch]
            arrivals = [arrival for _, arrival in read if isinstance(arrival, Arrival)]
            with acting(by=importer, channel="import", reason=f"import_tickets {self.file.path.name}") as act:
                opened = iter(import_rows(arrivals, greeting=self.greeting, by=importer, at=act.at))
            yield [
                (row, next(opened) if isinstance(arrival, Arrival) else Outcome(refusal=arrival))
                for row, arrival in read
            ]

    def _read(self, row: Row) -> Arrival | DeskError:
        try:
            return arrival_of(
                row,
                self.shape,
                columns=self.file.columns,
                prefix=slug(self.file.path.stem),
                fallback_language=self.fallback_language,
            )
        except DeskError as refusal:
            return refusal
