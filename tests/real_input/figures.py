"""What stands in the desk at the end, in the words of the handbook."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Q

from communications.models import Message
from financy_support.desk.models import Customer
from tickets.models import Escalation, Ticket, TicketDeadline


def lines() -> Iterator[str]:
    """Tickets, promises, escalations and messages, one line a figure."""
    yield f"tickets {Ticket.objects.count():,} of {Customer.objects.count():,} customers"
    for name, column in (
        ("severity", "severity"),
        ("language", "language"),
        ("tier", "tier"),
        ("status", "status"),
        ("category", "category__code"),
    ):
        yield f"  by {name}: {_counts(Ticket.objects.order_by(), column)}"
    yield "promises, kept / broken / cancelled in time / still running"
    for kind, met, broken, cancelled, running in (
        TicketDeadline.objects.order_by()
        .values_list("kind")
        .annotate(
            met=Count("pk", filter=Q(breached_at__isnull=True, met_at__isnull=False)),
            broken=Count("pk", filter=Q(breached_at__isnull=False)),
            cancelled=Count("pk", filter=Q(breached_at__isnull=True, cancelled_at__isnull=False)),
            running=Count("pk", filter=Q(breached_at__isnull=True, met_at__isnull=True, cancelled_at__isnull=True)),
        )
    ):
        yield f"  {kind}: {met:,} / {broken:,} / {cancelled:,} / {running:,}"
    yield f"escalations {Escalation.objects.count():,}"
    yield f"  by path: {_counts(Escalation.objects.order_by(), 'path__code')}"
    yield f"  by cause: {_counts(Escalation.objects.order_by(), 'kind')}"
    yield f"messages {Message.objects.count():,}: {_counts(Message.objects.order_by(), 'purpose')}"
    yield f"  by language: {_counts(Message.objects.order_by(), 'language')}"


def _counts(rows: object, column: str) -> str:
    counted = rows.values_list(column).annotate(times=Count("*")).order_by("-times")  # type: ignore[attr-defined]  # any queryset
    return ", ".join(f"{value} {times:,}" for value, times in counted)
