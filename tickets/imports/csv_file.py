"""CsvFile: reads any CSV people send, row by row with line numbers; what cannot be read is named, never skipped."""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from financy_support.desk.errors import Invalid

DELIMITERS = ",;\t|"
LONGEST_VALUE = 1_000_000  # characters; the same as csv's own limit, which an open quote runs into
ZIP = b"PK"  # how spreadsheets begin
REFUSED_LINE, REFUSED_BECAUSE = "refused_line", "refused_because"


@dataclass(frozen=True)
class Row:
    """One row as it stands in the file: where it begins (1-based), its values, and why it cannot be read, if so.

    ``digest`` names its content; a second row with the same content gets another one, so that none is lost.
    """

    line: int
    values: list[str]
    digest: str = ""
    problem: str = ""


class CsvFile:
    """A CSV file with a header: UTF-8 (with or without BOM), UTF-16 with BOM, or the encoding that is named.

    The separator is the one of comma, semicolon, tab and bar that the header line has most of.
    Raises Invalid when there is no such file, no header, a column twice, or an unknown encoding.
    """

    def __init__(self, path: Path, *, encoding: str = "") -> None:
        self.path = path
        self.encoding = _encoding(path, encoding)
        self.delimiter = ","
        try:
            with self._open() as lines:
                self.delimiter = max(DELIMITERS, key=lines.readline().count)
        except UnicodeError as error:
            raise Invalid(f"{path.name} is no {self.encoding.upper()}: save it as UTF-8.", field="encoding") from error
        header = next(self._records(), None)
        if header is None or header.problem or not any(header.values):
            raise Invalid(f"{path.name} has no header line: the first line names the columns.", field="file")
        self.columns = [name.strip() or f"column {place}" for place, name in enumerate(header.values, start=1)]
        twice = [name for name, count in Counter(self.columns).items() if count > 1]
        if twice:
            raise Invalid(f"Two columns of {path.name} are called {twice[0]!r}: rename one.", field="file")

    def rows(self) -> Iterator[Row]:
        """Every row after the header, in order; empty lines are no rows."""
        seen: Counter[str] = Counter()
        records = self._records()
        next(records)
        for row in records:
            if row.problem:
                yield row
            elif len(row.values) != len(self.columns):
                count, right = len(row.values), len(self.columns)
                problem = f"{count} values, but the header names {right} columns: a quote or separator is missing"
                yield Row(row.line, row.values, problem=problem)
            else:
                digest = self._digest(row.values)
                seen[digest] += 1
                yield Row(row.line, row.values, digest if seen[digest] == 1 else f"{digest}.{seen[digest]}")

    def _records(self) -> Iterator[Row]:
        csv.field_size_limit(LONGEST_VALUE)
        with self._open() as file:
            lines = _Remembered(file)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            while True:
                begins = reader.line_num + 1
                lines.taken.clear()
                try:
                    values = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    problem = (
                        f"cannot be read up to line {reader.line_num} ({error}): a quote is missing or one too many"
                    )
                    yield Row(begins, ["".join(lines.taken)], problem=problem)
                    continue
                except UnicodeError as error:  # UTF-16 that breaks off: nothing after it can be told apart
                    problem = f"is no {self.encoding.upper()} from here on ({error}): save the file as UTF-8"
                    yield Row(begins, ["".join(lines.taken)], problem=problem)
                    return
                if values:
                    yield Row(begins, values, problem=self._undecodable(values))

    def _open(self) -> codecs.StreamReaderWriter:
        return open(self.path, encoding=self.encoding, errors="surrogateescape", newline="")  # type: ignore[return-value]  # TextIO

    def _undecodable(self, values: list[str]) -> str:
        for value in values:
            for character in value:
                if "\udc80" <= character <= "\udcff":
                    byte = f"0x{ord(character) - 0xDC00:02X}"
                    return (
                        f"the byte {byte} is no {self.encoding.removesuffix('-sig').upper()}: save the file as UTF-8,"
                        " or name its encoding, e.g. --encoding cp1252"
                    )
        return ""

    def _digest(self, values: list[str]) -> str:
        """Of the content alone: what a list of refused rows adds to it does not count."""
        told = [
            value
            for name, value in zip(self.columns, values, strict=True)
            if name not in (REFUSED_LINE, REFUSED_BECAUSE)
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]


class _Remembered:
    """Lines on their way to csv, kept until the row is known to be whole."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.taken: list[str] = []

    def __iter__(self) -> _Remembered:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        return line


def _encoding(path: Path, named: str) -> str:
    try:
        with path.open("rb") as file:
            first = file.read(2)
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.", field="file") from error
    if first == ZIP:
        raise Invalid(f"{path.name} is a spreadsheet or archive, no CSV: save it as CSV, UTF-8.", field="file")
    if not named:
        return "utf-16" if first in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        codecs.lookup(named)
    except LookupError as error:
        raise Invalid(
            f"There is no encoding {named!r}. Usual ones: utf-8, cp1252, latin-1.", field="encoding"
        ) from error
    return named
