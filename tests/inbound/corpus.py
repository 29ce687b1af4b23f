"""What became of a folder of mails, one line each: ``python -m pytest tests/inbound/test_corpus.py`` with DESK_DATA, or
``DESK_DATA=… DESK_PRINT_CORPUS=1 …`` to see the table. 150 in = tickets + replies + notes + bounces + parked."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

from communications.models import InboundMail, MailState
from tests.conftest import NOON
from tests.inbound.conftest import hand_in
from tickets.take_in import take_in


def run_corpus(folder: Path) -> list[tuple[str, InboundMail]]:
    """Hand in every mail of ``folder`` a minute apart and take each in; returns (file, row)."""
    at, kept = NOON, []
    for file in sorted(folder.glob("*.eml")):
        at += timedelta(minutes=5)
        kept.append((file.name, hand_in(file.read_bytes(), at=at)))
        take_in(at)
    rows = InboundMail.objects.in_bulk([mail.pk for _, mail in kept])
    return [(name, rows[mail.pk]) for name, mail in kept]


def table(rows: list[tuple[str, InboundMail]]) -> str:
    """A line a mail, then the sums."""
    lines = [
        f"{name:<70} {mail.state:<9} {mail.became or '-':<8} {mail.rule:<11} {mail.about_reference:<11} {mail.why[:70]}"
        for name, mail in rows
    ]
    sums = Counter(mail.became if mail.state == MailState.TAKEN_IN else mail.state for _, mail in rows)
    said = ", ".join(f"{count} {what}" for what, count in sums.most_common())
    return "\n".join([*lines, f"{len(rows)} in = {said}"])
