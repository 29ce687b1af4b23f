"""manage.py import_tickets FILE.csv: rows become tickets; each refused one is named with its line and reason."""

from __future__ import annotations

import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from financy_support.desk.errors import DeskError, Invalid, Problem
from financy_support.desk.people.language import Language
from tickets.imports.csv_file import REFUSED_BECAUSE, REFUSED_LINE, CsvFile, Row
from tickets.imports.refused import RefusedRows
from tickets.imports.run import BATCH, ImportRun
from tickets.imports.shape import FIELDS, Recipe, Shape, known_shapes, read_shape, recognise
from tickets.workflow.import_rows import Outcome

INTERRUPTED = 130


@dataclass
class Tally:
    """What came of the rows so far; a reason is a field and a rule, with its count and its first case."""

    opened: int = 0
    known: int = 0
    refused: int = 0
    reasons: dict[tuple[str, str], tuple[int, int, str]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.opened + self.known + self.refused

    def add(self, batch: list[tuple[Row, Outcome]]) -> None:
        for row, outcome in batch:
            self.opened += outcome.ticket is not None
            self.known += outcome.is_known
            if outcome.refusal:
                self.refused += 1
                problem = _problem(outcome.refusal)
                count, line, detail = self.reasons.get((problem.field, problem.code), (0, row.line, problem.detail))
                self.reasons[problem.field, problem.code] = (count + 1, line, detail)


class Command(BaseCommand):
    help = f"""Open a ticket for each row of a CSV file.

How columns become tickets is a mapping. Known ones are found by the header, or named with --mapping (a name, or a TOML
file of your own like those in tickets/imports/shapes). --map FIELD=COLUMN makes a field from a column, or from
columns in a template such as "{{issue}} ({{product}})". Fields: {", ".join(FIELDS)}.

The same file twice brings nothing twice: a row is known by its `source`, or by its content where it has no id.
Rows are committed {BATCH} at a time. Ctrl-C stops between two; the same command goes on from there."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = ", ".join(shape.name for shape in known_shapes())
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", metavar="NAME", help=f"one of {names}, or a TOML file")
        parser.add_argument("--map", action="append", default=[], metavar="FIELD=COLUMN", help="repeatable")
        parser.add_argument("--refused", type=Path, metavar="FILE", help="write refused rows there, to mend and import")
        parser.add_argument("--encoding", default="", help="of the file; UTF-8 when not named")
        parser.add_argument(
            "--no-greeting", action="store_true", help="open the tickets without a mail to the customer"
        )
        parser.add_argument("--fallback-language", default="", choices=["", *Language.values], metavar="en|pt|es")
        parser.add_argument("--offset", type=_count, default=0, help="leave out that many rows")
        parser.add_argument("--limit", type=_count, default=None, help="take at most that many rows")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run, refused = _prepare(options)
        except DeskError as refusal:
            raise CommandError(refusal.detail) from refusal
        self._say_how(run)
        tally, began = Tally(), time.monotonic()
        try:
            self._import(run, refused, tally)
        except KeyboardInterrupt:
            self._sum_up(tally, refused, time.monotonic() - began)
            self.stdout.write("Interrupted. What is counted above is in; run the same command again to go on.")
            raise SystemExit(INTERRUPTED) from None
        self._sum_up(tally, refused, time.monotonic() - began)

    def _import(self, run: ImportRun, refused: RefusedRows | None, tally: Tally) -> None:
        with tqdm(total=sum(1 for _ in run.rows()), unit=" rows", disable=None, leave=False) as bar:
            for batch in run.batches():
                refusals = [(row, outcome.refusal) for row, outcome in batch if outcome.refusal]
                if refused and refusals:
                    refused.add([(row, _told(refusal)) for row, refusal in refusals])
                with tqdm.external_write_mode():
                    for row, refusal in refusals:
                        self.stdout.write(f"line {row.line}: {_told(refusal)}")
                tally.add(batch)
                bar.update(len(batch))

    def _say_how(self, run: ImportRun) -> None:
        shape = run.shape
        self.stdout.write(f"Mapping: {shape.name or 'as given by --map'}. {shape.people}".rstrip())
        unused = [name for name in run.file.columns if name not in {*shape.columns, REFUSED_LINE, REFUSED_BECAUSE}]
        if unused:
            self.stdout.write(f"Columns not used: {', '.join(unused)}.")

    def _sum_up(self, tally: Tally, refused: RefusedRows | None, seconds: float) -> None:
        self.stdout.write(
            f"{tally.opened:,} tickets opened, {tally.known:,} rows were here already, {tally.refused:,} refused;"
            f" {seconds:.1f} s, {tally.rows / max(seconds, 0.001):,.0f} rows/s."
        )
        for (name, code), (count, line, detail) in tally.reasons.items():
            self.stdout.write(f"  refused {count:,} for {name} ({code}), first on line {line}: {detail}")
        if refused and tally.refused:
            self.stdout.write(f"Refused rows are in {refused.path}: mend them there and import that file.")


def _prepare(options: Mapping[str, Any]) -> tuple[ImportRun, RefusedRows | None]:
    file = CsvFile(options["file"], encoding=options["encoding"])
    shape = _shape(file, options["mapping"], options["map"])
    run = ImportRun(
        file,
        shape,
        fallback_language=options["fallback_language"],
        greeting=not options["no_greeting"],
        offset=options["offset"],
        limit=options["limit"],
    )
    return run, RefusedRows(options["refused"], file) if options["refused"] else None


def _shape(file: CsvFile, named: str | None, mapped: list[str]) -> Shape:
    shapes = {shape.name: shape for shape in known_shapes()}
    if named:
        shape = shapes.get(named) or (read_shape(Path(named)) if named.endswith(".toml") else None)
        if shape is None:
            raise Invalid(f"No mapping {named!r}. Known: {', '.join(shapes)}; or name a TOML file.", field="mapping")
    else:
        shape = recognise(file.columns, list(shapes.values())) or Shape("", {})
    shape = shape.with_recipes(dict(_mapped(told, file) for told in mapped))
    missing = sorted(shape.columns - set(file.columns))
    if missing:
        raise Invalid(
            f"{file.path.name} has no column {', '.join(missing)}. It has: {', '.join(file.columns)}."
            " Name the right ones with --map FIELD=COLUMN.",
            field="mapping",
        )
    if "description" not in shape.recipes:
        raise Invalid(
            f"No mapping knows these columns: {', '.join(file.columns)}. Say which one holds the words, at least"
            f" --map description=COLUMN. Known mappings: {', '.join(shapes)}.",
            field="mapping",
        )
    return shape


def _mapped(told: str, file: CsvFile) -> tuple[str, Recipe]:
    """FIELD=COLUMN or FIELD=TEMPLATE."""
    name, _, value = told.partition("=")
    if name not in FIELDS or not value:
        raise Invalid(f"--map {told!r} is not FIELD=COLUMN. Fields: {', '.join(FIELDS)}.", field="map")
    if "{" in value:
        return name, Recipe((value,))
    column = next((column for column in file.columns if column.casefold() == value.casefold()), value)
    return name, Recipe((f"{{{column}}}",))


def _told(refusal: DeskError) -> str:
    problem = _problem(refusal)
    return f"{problem.field}: {problem.detail}"


def _problem(refusal: DeskError) -> Problem:
    return refusal.problems[0] if refusal.problems else Problem("row", refusal.code, refusal.detail)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise CommandError(f"{text!r} is no number of rows.")
    return int(text)
