"""A ticket in hand: locked, with its open deadlines; put back in one go, so that queue columns never lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, NotAllowed, NotFound
from financy_support.desk.people.user import User, UserKind
from tickets.chat import is_unproven
from tickets.live.hints import hint_on_commit
from tickets.models import Status, Ticket, TicketDeadline
from tickets.policy import policy
from tickets.promises import Promise

DEADLINE_COLUMNS = [
    "target", "policy_source", "calendar", "warn_percent", "due_at", "remaining", "warn_at", "breached_at", "met_at",
    "cancelled_at", "cancel_reason", "next_look_at", "retry_at",
]  # fmt: skip


@dataclass
class InHand:
    """One locked ticket and its open deadlines by kind; :func:`put_back` writes what a verb changed or started."""

    ticket: Ticket
    deadlines: dict[str, TicketDeadline]
    as_taken: dict[int, list[Any]]
    started: list[TicketDeadline] = field(default_factory=list)
    ended: list[TicketDeadline] = field(default_factory=list)  # met or cancelled, and another of its kind started

    def owed(self, *kinds: str) -> list[TicketDeadline]:
        """The open deadlines of just these kinds."""
        return [one for kind, one in self.deadlines.items() if kind in kinds]

    def all_owed(self) -> list[TicketDeadline]:
        """Every open deadline."""
        return list(self.deadlines.values())

    def start(self, promises: Iterable[Promise], at: datetime) -> None:
        """Start a deadline for each promise whose kind is not open yet."""
        for promise in promises:
            if promise.kind not in self.deadlines or not self.deadlines[promise.kind].is_open:
                if promise.kind in self.deadlines:
                    self.ended.append(self.deadlines[promise.kind])
                deadline = deadline_of(self.ticket, promise, at)
                self.deadlines[promise.kind] = deadline
                self.started.append(deadline)

    def changed(self) -> list[TicketDeadline]:
        """Deadlines that differ from what was read; the others are not written, so history has no empty version."""
        known = [*self.ended, *self.deadlines.values()]
        return [one for one in known if one.pk and _columns_of(one) != self.as_taken[one.pk]]


def deadline_of(ticket: Ticket, promise: Promise, at: datetime) -> TicketDeadline:
    """An unsaved deadline of ``ticket`` that keeps ``promise`` from ``at`` on, or waits as the hold table says."""
    deadline = TicketDeadline(
        ticket=ticket,
        cycle=ticket.cycle,
        kind=promise.kind,
        target=promise.target,
        policy_source=promise.source,
        warn_percent=promise.warn_percent,
        calendar=promise.calendar,
        tier_id=promise.tier,
    ).start(at)
    if ticket.status == Status.ON_HOLD and (ticket.hold_reason, promise.kind) in policy().pauses:
        deadline.pause(at)
    return deadline


def take_ticket(ticket: Ticket, *, by: User, staff_only: bool = True, colleagues: bool = False) -> InHand:
    """Lock the ticket first, as the sweeper does, then read its open deadlines.

    Raises NotFound when ``by`` may not see it, NotAllowed when the verb is for staff and ``by`` is not, Conflict for a
    customer on what a visitor opened in their name.
    ``colleagues``: so may those of a sharing organisation. The system's own actors may take any ticket. Whoever watches
    it live is told once the change is committed.
    """
    current_act(by)
    # The bare row first: with a join, a row that changed team while we waited would fall out of the answer.
    list(Ticket.objects.filter(pk=ticket.pk).select_for_update().values_list("pk"))
    seen = Ticket.objects.all() if by.kind == UserKind.SYSTEM else Ticket.objects.visible_to(by)
    locked = seen.filter(pk=ticket.pk).select_related("customer", "category", "team").first()
    if locked is None:
        raise NotFound
    is_trusted_tool = by.kind == UserKind.TOOL and "tickets:write" in by.scopes
    if staff_only and not (by.is_agent or by.kind == UserKind.SYSTEM or is_trusted_tool):
        raise NotAllowed("Only the support team can do this. Write a reply instead.")
    is_theirs = by.pk in (locked.customer.user_id, locked.opened_by_id)
    if by.kind == UserKind.CUSTOMER and not (is_theirs or colleagues):
        raise NotAllowed("A colleague's ticket can be read, not changed. Ask the person who opened it.")
    if by.kind == UserKind.CUSTOMER and by.pk != locked.opened_by_id and is_unproven(locked):
        raise Conflict(
            f"{locked.reference} was opened by somebody who gave this address and did not show that it is theirs; they"
            " would read along. Open a new ticket and name this one.",
            code="unproven",
        )
    hint_on_commit(locked.pk)
    deadlines = list(TicketDeadline.objects.open().filter(ticket=locked).select_related("calendar"))
    return InHand(
        locked, {one.kind: one for one in deadlines}, {deadline.pk: _columns_of(deadline) for deadline in deadlines}
    )


def put_back(hand: InHand, *columns: str) -> Ticket:
    """Write changed and new deadlines, then the ticket's ``columns`` and queue columns: at most three statements."""
    changed = hand.changed()
    if changed:
        TicketDeadline.objects.bulk_update(changed, DEADLINE_COLUMNS)
    if hand.started:
        TicketDeadline.objects.bulk_create(hand.started)
    note_next_due(hand.ticket, hand.deadlines.values())
    hand.ticket.version += 1
    hand.ticket.save(update_fields={*columns, "next_due_at", "next_warn_at", "next_due_kind", "version"})
    return hand.ticket


def _columns_of(deadline: TicketDeadline) -> list[Any]:
    return [getattr(deadline, column) for column in DEADLINE_COLUMNS]


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
