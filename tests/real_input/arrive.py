"""Questions arrive: five files by the import, two thousand rows over HTTP, some of them twice."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from tests.real_input.api import Client
from tests.real_input.desk import manage, token_of
from tickets.imports.arrival import Arrival, arrival_of
from tickets.imports.csv_file import CsvFile
from tickets.imports.shape import known_shapes, recognise

FILES = (
    "cfpb_complaints.csv",
    "banking77_queries.csv",
    "support_tickets_multilang.csv",
    "reclame_aqui_complaints_pt.csv",
    "fintech_complaints_pt.csv",
)
ASKERS = {"ana@example.com": "pt", "ben@example.com": "en", "bea@example.com": "en", "carmen@example.com": "es"}
TWICE_EVERY = 8


@dataclass
class Imported:
    """One file's way in."""

    name: str
    said: str
    refused: Counter[str] = field(default_factory=Counter)


def import_files(data: Path, rows: int | None) -> Iterator[Imported]:
    """Each file by the command, its refused rows counted by reason from the list that the command writes."""
    for name in FILES:
        with tempfile.TemporaryDirectory() as folder:
            refused = Path(folder) / "refused.csv"
            limit = ("--limit", rows) if rows else ()
            said = manage("import_tickets", data / name, "--refused", refused, *limit)
            told = [line for line in said.splitlines() if "tickets opened" in line or line.startswith("Mapping")]
            yield Imported(name, " ".join(told), _reasons(refused))


def _reasons(refused: Path) -> Counter[str]:
    if not refused.exists():
        return Counter()
    with refused.open(encoding="utf-8", newline="") as file:
        return Counter(row["refused_because"] for row in csv.DictReader(file))


@dataclass
class Asked:
    """What came of the questions over HTTP."""

    opened: int = 0
    replayed: int = 0
    wrong_replays: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


def ask_over_http(data: Path, base: str, rows: int) -> Asked:
    """``rows`` questions in the names of the demo's customers, each in their language, every eighth sent twice.

    The second time a question carries the same key: it must bring the first answer again and no second ticket.
    """
    questions = {email: _questions(data, language) for email, language in ASKERS.items()}
    shares = _shares(rows)
    with ThreadPoolExecutor(len(ASKERS)) as pool:
        asked = pool.map(
            lambda email: _ask(Client(base, token_of(email)), list(islice(questions[email], shares[email]))), ASKERS
        )
        return _together(list(asked))


def _shares(rows: int) -> dict[str, int]:
    """Portuguese a quarter, Spanish a tenth (the files hold two hundred), English the rest by two colleagues."""
    ana, carmen = rows // 4, rows // 10
    ben = (rows - ana - carmen) // 2
    return {
        "ana@example.com": ana,
        "ben@example.com": ben,
        "bea@example.com": rows - ana - carmen - ben,
        "carmen@example.com": carmen,
    }


def _questions(data: Path, language: str) -> Iterator[Arrival]:
    for name in FILES:
        file = CsvFile(data / name)
        shape = recognise(file.columns, known_shapes())
        assert shape, name
        for row in file.rows():
            arrival = arrival_of(row, shape, columns=file.columns, prefix="http", fallback_language="xx")
            if arrival.language == language:
                yield arrival


def _ask(client: Client, questions: list[Arrival]) -> Asked:
    asked = Asked()
    for number, question in enumerate(questions):
        body = {
            "subject": question.subject,
            "description": question.description,
            "severity": question.severity,
            "category": question.category,
        }
        first = client.post("tickets/", body, key=f"real-{question.source}")
        if first.status != 201:
            asked.refused[f"{first.status} {first.data.get('code')}"] += 1
            continue
        asked.opened += not first.is_replay
        asked.replayed += first.is_replay
        if number % TWICE_EVERY == 0:
            second = client.post("tickets/", body, key=f"real-{question.source}")
            asked.replayed += second.is_replay
            asked.wrong_replays += not second.is_replay or second.data["reference"] != first.data["reference"]
    asked.statuses, asked.seconds = client.statuses, client.seconds
    return asked


def _together(parts: list[Asked]) -> Asked:
    whole = Asked()
    for part in parts:
        whole.opened += part.opened
        whole.replayed += part.replayed
        whole.wrong_replays += part.wrong_replays
        whole.refused += part.refused
        whole.statuses += part.statuses
        whole.seconds += part.seconds
    return whole
