"""What came of one scenario: six counts that every system can be judged by, and whether a promise was broken."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from communications.models import Delivery, DeliveryState, Message


@dataclass
class Verdict:
    """One line of figures; ``others`` are said beside. Breaches fail a run, late ones all but the quick."""

    name: str
    attempted: int = 0
    acknowledged: int = 0
    lost: int = 0
    unexpected: int = 0
    duplicated: int = 0
    recovered: int = 0
    others: dict[str, str] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)

    def demand(self, holds: bool, otherwise: str) -> None:
        """Note a breach unless it holds."""
        if not holds:
            self.breaches.append(otherwise)

    def demand_time(self, holds: bool, otherwise: str) -> None:
        """Note that something was late: a smoke test runs beside other tests and proves no speed."""
        if not holds:
            self.late.append(otherwise)

    def __str__(self) -> str:
        counts = ("attempted", "acknowledged", "lost", "unexpected", "duplicated", "recovered")
        figures = [f"{name} {getattr(self, name)}" for name in counts]
        lines = [f"{self.name}: {' / '.join(figures)}"]
        lines += [f"    {name}: {value}" for name, value in self.others.items()]
        lines += [f"    BREACH: {breach}" for breach in self.breaches]
        lines += [f"    LATE: {late}" for late in self.late]
        return "\n".join(lines)


@dataclass(frozen=True)
class Taken:
    """One mail that the mail server took."""

    at: float
    message_id: str
    about: str


class Mails:
    """What the mail server took since this was made, held against what the database says was written since."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self._skip = len(self._lines())
        self._after = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def judge(self, verdict: Verdict, acknowledged: Sequence[str]) -> None:
        """Count lost, unexpected, duplicated, and how late the mails were.

        ``acknowledged`` are the references of the tickets whose opening was confirmed: each owes one greeting.
        """
        taken = self.taken()
        written = {one.message_id: one for one in self._messages()}
        copies = Counter(mail.message_id for mail in taken)
        arrived = Counter(written[message_id].about_reference for message_id in copies if message_id in written)
        expected = set(acknowledged)
        verdict.acknowledged = len(acknowledged)
        verdict.lost = len(expected - set(arrived))
        strangers = [mail for mail in taken if mail.message_id not in written or mail.about not in expected]
        verdict.unexpected = len(strangers) + sum(count - 1 for count in arrived.values())
        verdict.duplicated = sum(count - 1 for count in copies.values())
        late = [
            mail.at - written[mail.message_id].created_at.timestamp()
            for mail in first_copies(taken)
            if mail.message_id in written
        ]
        verdict.others["delay from cause to mail server"] = seconds_of(late)
        verdict.others["latest"] = f"{max(late, default=0.0):.2f} s"

    def taken(self) -> list[Taken]:
        """The mails in the order they came."""
        lines = [json.loads(line) for line in self._lines()[self._skip :]]
        return [Taken(line["at"], line["message_id"], line["about"]) for line in lines]

    def open_deliveries(self) -> int:
        """How many are not settled yet."""
        return Delivery.objects.filter(
            message__pk__gt=self._after, state__in=(DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.HELD)
        ).count()

    def deliveries(self) -> list[Delivery]:
        """All of them, with their attempts."""
        return list(Delivery.objects.filter(message__pk__gt=self._after).prefetch_related("attempt_log"))

    def _messages(self) -> Iterable[Message]:
        return Message.objects.filter(pk__gt=self._after).only("message_id", "about_reference", "created_at")

    def _lines(self) -> list[str]:
        return self._record.read_text(encoding="utf-8").splitlines()


def first_copies(taken: Iterable[Taken]) -> list[Taken]:
    """Each message the first time it came."""
    seen: dict[str, Taken] = {}
    for mail in taken:
        seen.setdefault(mail.message_id, mail)
    return list(seen.values())


def seconds_of(values: Sequence[float]) -> str:
    """p50, p99 and the worst of some seconds."""
    if not values:
        return "nothing to measure"
    p50, p99 = percentile(values, 50), percentile(values, 99)
    return f"p50 {p50:.2f} s, p99 {p99:.2f} s, worst {max(values):.2f} s of {len(values)}"


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that so many per cent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(-(-len(ordered) * percent // 100) - 1, 0)]


def settled(delivery: Delivery) -> datetime | None:
    """When the delivered outcome was written."""
    for attempt in delivery.attempt_log.all():
        if attempt.outcome == "delivered":
            return attempt.started_at + attempt.took
    return None
