"""RefusedRows: the rows that were not taken, as a CSV that can be mended and imported again."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from financy_support.desk.errors import Invalid
from tickets.imports.csv_file import REFUSED_BECAUSE, REFUSED_LINE, CsvFile, Row


class RefusedRows:
    """Line and reason come first, then the row as it was: UTF-8, commas, unreadable bytes kept as they were.

    The file is made with the first refusal. Raises Invalid at once when it exists, since it may be half mended, or when
    its folder does not.
    """

    def __init__(self, path: Path, source: CsvFile) -> None:
        if path.exists():
            raise Invalid(f"{path} exists and may be half mended: name another file, or remove it.", field="refused")
        if not path.parent.is_dir():
            raise Invalid(f"There is no folder {path.parent}: make it, or name another.", field="refused")
        self.path = path
        self._added = REFUSED_LINE not in source.columns
        self._columns = source.columns

    def add(self, refusals: Iterable[tuple[Row, str]]) -> None:
        """Append the refused rows of one batch."""
        is_new = not self.path.exists()
        with self.path.open("a", encoding="utf-8", errors="surrogateescape", newline="") as file:
            writer = csv.writer(file)
            if is_new:
                writer.writerow([REFUSED_LINE, REFUSED_BECAUSE, *self._without_ours(self._columns)])
            for row, reason in refusals:
                writer.writerow([row.line, reason, *self._without_ours(row.values)])

    def _without_ours(self, values: list[str]) -> list[str]:
        """A list of refused rows that is imported again gives its own two columns away."""
        if self._added or len(values) != len(self._columns):
            return values
        return [
            value
            for name, value in zip(self._columns, values, strict=True)
            if name not in (REFUSED_LINE, REFUSED_BECAUSE)
        ]
