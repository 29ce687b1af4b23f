"""take_in_call: what a phone system tells of a call finds its ticket, opens one, or waits to be placed."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User, UserKind
from tickets.in_hand import take_ticket
from tickets.models import PhoneCall, Ticket
from tickets.workflow.log_call import PHONE, known_call, log_call, put_on, refuse_nonsense
from tickets.workflow.open import open_ticket

SHORTEST_NUMBER = 7  # digits that name somebody


def take_in_call(
    *,
    direction: str,
    number: str,
    is_answered: bool,
    duration: timedelta = timedelta(),
    notes: str = "",
    agent: User | None = None,
    source: str | None = None,
    confirm: Collection[str] = (),
    by: User,
    at: datetime,
) -> PhoneCall:
    """Log a call by its number: on the newest live ticket of the one customer who has it, else on a new ticket.

    A number that nobody has, or several have, is logged without a ticket and waits in the admin for :func:`place_call`.
    Called again with the same ``source`` it changes nothing.
    Raises Invalid, NeedsConfirmation, NotAllowed without tickets:write.
    """
    current_act(by)
    if not (by.is_agent or (by.kind == UserKind.TOOL and "tickets:write" in by.scopes)):
        raise NotAllowed("Logging calls needs the scope tickets:write. Ask an administrator for a token with it.")
    known = known_call(source, by=by)
    if known:
        return known
    call = PhoneCall(
        direction=direction, number=number.strip(), is_answered=is_answered, duration=duration, notes=notes,
        source=source, created_at=at, by=by,
    )  # fmt: skip
    refuse_nonsense(call)
    customer = customer_with(call.number)
    if customer is None:
        call.save()
        return call
    ticket = _newest_live(customer, by) or _open_for(customer, call, by, at)
    return log_call(
        ticket, direction=direction, number=number, is_answered=is_answered, duration=duration, notes=notes,
        agent=agent, source=source, confirm=confirm, by=by, at=at,
    )  # fmt: skip


def place_call(call: PhoneCall, *, ticket: Ticket, by: User, at: datetime) -> PhoneCall:
    """Put a call that waits on its ticket. Raises Conflict when it has one already, NotAllowed, NotFound."""
    current_act(by)
    if not by.is_agent:
        raise NotAllowed("Only agents place calls. Ask one.")
    waiting = PhoneCall.objects.select_for_update().get(pk=call.pk)
    if waiting.ticket_id:
        raise Conflict(f"This call is on {waiting.ticket} already.", code="placed")
    return put_on(take_ticket(ticket, by=by), waiting, agent=None, is_public=False, by=by, at=at)


def customer_with(number: str) -> Customer | None:
    """The one customer whose number this is, whatever signs stand between the digits."""
    digits = re.sub(r"\D", "", number)
    if len(digits) < SHORTEST_NUMBER:
        return None
    found = Customer.objects.with_number(digits)[:2]
    return found[0] if len(found) == 1 else None


def _newest_live(customer: Customer, by: User) -> Ticket | None:
    found: Ticket | None = (
        Ticket.objects.visible_to(by).live().without_visitors().filter(customer=customer).order_by("-id").first()
    )
    return found


def _open_for(customer: Customer, call: PhoneCall, by: User, at: datetime) -> Ticket:
    subject = "Phone call" if call.is_answered else "Missed phone call"
    return open_ticket(
        customer=customer,
        subject=f"{subject} {call.number}",
        description=f"{subject}. What was said stands with the call."
        if call.notes
        else f"{subject}. Nobody has written down what it was about.",
        channel=PHONE,
        by=by,
        at=at,
    )
