"""import_tickets as real processes: stopped in the middle, and two at once on one file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from communications.models import Message
from tests.conftest import ROOT
from tickets.imports.run import BATCH
from tickets.models import Reply, Ticket


def test_after_an_interrupt_whole_batches_are_in_and_the_next_run_goes_on(committed_db: str, tmp_path: Path) -> None:
    rows = 12 * BATCH
    path = _questions(tmp_path, rows)
    importing = _in_a_process(committed_db, path)
    while not Ticket.objects.count() and importing.poll() is None:
        time.sleep(0.05)
    importing.send_signal(signal.SIGINT)
    said, errors = importing.communicate(timeout=60)
    came_in = Ticket.objects.count()
    assert importing.returncode == 130, errors
    assert f"{came_in:,} tickets opened" in said and "run the same command again to go on" in said
    assert 0 < came_in < rows and came_in % BATCH == 0
    assert errors == ""  # no progress bar where nobody watches
    importing = _in_a_process(committed_db, path)
    said, _ = importing.communicate(timeout=240)
    assert f"{came_in:,} rows were here already, 0 refused" in said
    assert Ticket.objects.count() == Reply.objects.count() == Message.objects.count() == rows


def test_two_imports_of_one_file_at_once_bring_each_row_once(committed_db: str, tmp_path: Path) -> None:
    rows = 3 * BATCH
    path = _questions(tmp_path, rows)
    both = [_in_a_process(committed_db, path) for _ in range(2)]
    told = [importing.communicate(timeout=240) for importing in both]
    assert [importing.returncode for importing in both] == [0, 0], told
    opened = [int(said.replace(",", "").partition(" tickets opened")[0].rpartition("\n")[2]) for said, _ in told]
    assert sum(opened) == rows and min(opened) >= 0
    assert all(", 0 refused" in said for said, _ in told)
    assert Ticket.objects.count() == Reply.objects.count() == Message.objects.count() == rows


def _questions(folder: Path, rows: int) -> Path:
    path = folder / "many.csv"
    path.write_text("text,intent\n" + "".join(f"Question {number},card_arrival\n" for number in range(rows)))
    return path


def _in_a_process(database: str, path: Path) -> subprocess.Popen[str]:
    environment = {**os.environ}
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        environment[name] = f"{environment[name].rpartition('/')[0]}/{database}"
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_tickets", str(path)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
