"""A ticket in hand: locked, with its open deadlines; put back in one go, so that queue columns never lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, NotAllowed, NotFound
from financy_support.desk.people.user import User, UserKind
from tickets.models import Ticket, TicketDeadline
from tickets.promises import Promise

DEADLINE_COLUMNS = [
    "target", "policy_source", "due_at", "remaining", "warn_at", "breached_at", "met_at", "cancelled_at",
    "cancel_reason", "next_look_at", "retry_at",
]  # fmt: skip


@dataclass
class InHand:
    """One locked ticket and its open deadlines by kind; ``changed`` and ``started`` are written by :func:`put_back`."""

    ticket: Ticket
    deadlines: dict[str, TicketDeadline]
    changed: list[TicketDeadline] = field(default_factory=list)
    started: list[TicketDeadline] = field(default_factory=list)

    def open(self, *kinds: str) -> list[TicketDeadline]:
        """The open deadlines of these kinds (all when none is named), marked to be written back."""
        found = [one for kind, one in self.deadlines.items() if not kinds or kind in kinds]
        self.changed += [one for one in found if one.pk and one not in self.changed]
        return found

    def start(self, promises: Iterable[Promise], at: datetime) -> None:
        """Start a deadline for each promise whose kind is not open yet."""
        for promise in promises:
            if promise.kind not in self.deadlines or not self.deadlines[promise.kind].is_open:
                deadline = deadline_of(self.ticket, promise, at)
                self.deadlines[promise.kind] = deadline
                self.started.append(deadline)


def deadline_of(ticket: Ticket, promise: Promise, at: datetime) -> TicketDeadline:
    """An unsaved deadline of ``ticket`` that keeps ``promise`` from ``at`` on."""
    return TicketDeadline(
        ticket=ticket,
        cycle=ticket.cycle,
        kind=promise.kind,
        target=promise.target,
        policy_source=promise.source,
        warn_percent=promise.warn_percent,
        calendar=promise.calendar,
        tier_id=promise.tier,
    ).start(at)


def take_ticket(ticket: Ticket, *, by: User, staff_only: bool = True) -> InHand:
    """Lock the ticket first, as the sweeper does, then read its open deadlines.

    Raises NotFound when ``by`` may not see it, NotAllowed when the verb is for staff and ``by`` is not.
    The system's own actors may take any ticket.
    """
    current_act(by)
    seen = Ticket.objects.all() if by.kind == UserKind.SYSTEM else Ticket.objects.visible_to(by)
    locked = (
        Ticket.objects.filter(pk=ticket.pk, pk__in=seen.values("pk"))
        .select_related("customer", "category", "team")
        .select_for_update(of=("self",))
        .first()
    )
    if locked is None:
        raise NotFound
    is_trusted_tool = by.kind == UserKind.TOOL and "tickets:write" in by.scopes
    if staff_only and not (by.is_agent or by.kind == UserKind.SYSTEM or is_trusted_tool):
        raise NotAllowed("Only the support team can do this. Write a reply instead.")
    if by.kind == UserKind.CUSTOMER and locked.customer.user_id != by.pk:
        raise NotAllowed("A colleague's ticket can be read, not changed. Ask the person who opened it.")
    deadlines = TicketDeadline.objects.open().filter(ticket=locked).select_related("calendar")
    return InHand(locked, {deadline.kind: deadline for deadline in deadlines})


def put_back(hand: InHand, *columns: str) -> Ticket:
    """Write changed and new deadlines, then the ticket's ``columns`` and queue columns: at most three statements."""
    if hand.changed:
        TicketDeadline.objects.bulk_update(hand.changed, DEADLINE_COLUMNS)
    if hand.started:
        TicketDeadline.objects.bulk_create(hand.started)
    note_next_due(hand.ticket, hand.deadlines.values())
    hand.ticket.version += 1
    hand.ticket.save(update_fields={*columns, "next_due_at", "next_warn_at", "next_due_kind", "version"})
    return hand.ticket


def note_next_due(ticket: Ticket, deadlines: Iterable[TicketDeadline]) -> None:
    """Set the queue columns from the deadlines: the earliest due one that is still owed."""
    owed = [one for one in deadlines if one.is_open and one.due_at is not None]
    first = min(owed, key=lambda one: one.due_at, default=None)  # type: ignore[arg-type, return-value]  # due_at is set
    ticket.next_due_at = first.due_at if first else None
    ticket.next_warn_at = first.warn_at if first else None
    ticket.next_due_kind = first.kind if first else ""


def require_live(ticket: Ticket, verb: str) -> None:
    """Raise Conflict unless the ticket is new, open or on hold."""
    if not ticket.is_live:
        raise Conflict(
            f"{ticket.reference} is {ticket.get_status_display()}: it cannot be {verb}. Reopen it before.",
            code="not_live",
        )
