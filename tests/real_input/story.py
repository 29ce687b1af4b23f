"""The story in its order, what each part came to, and the verdict."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from financy_support.engines import database_now
from tests.real_input import figures, history, mail
from tests.real_input.arrive import ask_over_http, import_files
from tests.real_input.days import pass_days, send_all
from tests.real_input.desk import mailbox
from tests.real_input.work import work_over_http


def tell(data: Path, *, rows: int | None, asked: int, answered: int) -> int:
    """Import, ask, work, let days pass, count; returns 1 when a check fails."""
    base = settings.DESK_BASE_URL
    before = history.count_changes()
    with _part("Five files arrive"):
        for imported in import_files(data, rows):
            print(f"{imported.name}: {imported.said}")
            for reason, count in imported.refused.most_common():
                print(f"    refused {count:,}: {reason}")
    with _part(f"{asked:,} questions over HTTP"):
        came = ask_over_http(data, base, asked)
        print(f"opened {came.opened:,}, replayed {came.replayed:,}, wrong replays {came.wrong_replays}")
        print(f"statuses {dict(came.statuses)}, refused {dict(came.refused)}")
        middle, slow = statistics.median(came.seconds), statistics.quantiles(came.seconds, n=100)[98]
        print(f"a POST takes {middle * 1000:.0f} ms in the middle, {slow * 1000:.0f} ms at the 99th percentile")
    with _part("People work"):
        for what, count in sorted(work_over_http(base, answered).items()):
            print(f"{what}: {count:,}")
    with _part("Days pass"):
        print(f"mails sent before: {send_all(database_now()):,} by these hands, the rest by the desk's own workers")
        for at, said, seconds, tries in pass_days(database_now()):
            print(f"{at:%d %b %H:%M} {said} ({seconds:.0f} s) Mails sent: {tries:,}", flush=True)
    with _part("What stands in the desk"):
        for line in figures.lines():
            print(line)
    with _part("Does it come out even?"):
        checks = list(_checks(before, came.wrong_replays))
        for is_even, line in checks:
            print(f"{'even' if is_even else 'ODD '}  {line}")
    return 0 if all(is_even for is_even, _ in checks) else 1


def _checks(before: dict[str, history.Changes], wrong_replays: int) -> Iterator[tuple[bool, str]]:
    yield wrong_replays == 0, f"questions sent twice with one key that became two tickets: {wrong_replays}"
    total_written = total_recorded = 0
    for table, written, recorded in history.compare(before, history.count_changes()):
        total_written, total_recorded = total_written + written, total_recorded + recorded
        yield (
            written == recorded,
            f"{table}: {written:,} rows written, {recorded:,} history rows (PostgreSQL's statistics)",
        )
    yield (
        total_written == total_recorded,
        f"altogether: {total_written:,} rows written, {total_recorded:,} history rows",
    )
    unlike = {table: count for table, count in history.rows_unlike_their_history() if count}
    yield not unlike, f"rows that differ from their newest history row: {unlike or 0}"
    versions, recorded = history.ticket_versions()
    yield versions == recorded, f"tickets: versions add up to {versions:,}, history rows {recorded:,}"
    for promise, due, said, tickets in mail.promised_and_said():
        yield tickets == 0, f"{promise}: {due:,} due, {said:,} said, different on {tickets} tickets"
    states = mail.deliveries_by_state()
    yield set(states) == {"delivered"}, f"deliveries: {states}"
    yield from _received()


def _received() -> Iterator[tuple[bool, str]]:
    folder = mailbox()
    if folder is None:
        print("      this desk's mail leaves the machine (EMAIL_URL): what was received cannot be counted")
        return
    sent, received = mail.sent_ids(), mail.received_ids(folder)
    twice = sum(times > 1 for times in received.values())
    yield (
        sent == received.keys(),
        (
            f"mails: {len(sent):,} sent, {len(received):,} received, {len(sent - received.keys()):,} lost,"
            f" {len(received.keys() - sent):,} unknown"
        ),
    )
    yield twice == 0, f"mails received more than once: {twice}"


@contextmanager
def _part(title: str) -> Iterator[None]:
    print(f"\n{title}", flush=True)
    began = time.monotonic()
    yield
    print(f"[{time.monotonic() - began:.0f} s]", flush=True)
