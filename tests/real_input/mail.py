"""Was every promised message said, and every one that was said received once?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from email import message_from_binary_file, policy
from pathlib import Path
from typing import Any

from django.db.models import Count

from communications.models import Delivery, Message
from financy_support.demo.mail import NOT_SENT
from tickets.models import Escalation, Reply, Resolution, Ticket


def promised_and_said() -> Iterator[tuple[str, int, int, int]]:
    """(what is promised, how often it was, how often said, tickets on which the two differ)."""
    agents_words = Reply.objects.filter(voice="agent", is_internal=False)
    for promise, facts, purpose in (
        ("a greeting a ticket", Ticket.objects.values_list("pk"), "initial_response"),
        ("a notification an escalation", Escalation.objects.values_list("ticket"), "escalation_notification"),
        ("a notification a resolution", Resolution.objects.values_list("ticket"), "resolution_notification"),
        ("a mail a reply of an agent", agents_words.values_list("ticket"), "agent_reply"),
    ):
        due, said = _by_ticket(facts), _by_ticket(Message.objects.filter(purpose=purpose).values_list("about_id"))
        yield promise, due.total(), said.total(), sum(due[one] != said[one] for one in due.keys() | said.keys())


def _by_ticket(rows: Any) -> Counter[int]:
    return Counter(dict(rows.order_by().annotate(times=Count("*"))))


def deliveries_by_state() -> dict[str, int]:
    """Each message has one delivery; how many are delivered, given up, still to go."""
    return dict(Delivery.objects.order_by().values_list("state").annotate(times=Count("*")))


def sent_ids() -> set[str]:
    """Message-IDs of every delivery that counts as delivered, the demo's past excepted (it says so in its attempt)."""
    delivered = Delivery.objects.filter(state="delivered").exclude(attempt_log__answer=NOT_SENT)
    return set(delivered.values_list("message__message_id", flat=True))


def received_ids(folder: Path) -> Counter[str]:
    """Message-IDs in the mailbox, each with how often it came."""
    received: Counter[str] = Counter()
    for file in folder.glob("*.eml"):
        with file.open("rb") as mail:
            while (line := mail.readline()).startswith(b"X-Envelope-"):
                pass
            mail.seek(-len(line), 1)
            received[str(message_from_binary_file(mail, policy=policy.default)["Message-ID"]).strip()] += 1
    return received
