"""import_rows: a batch of imported questions, all opened by the verb of all tickets, or refused with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from django.db import DataError, IntegrityError, transaction
from django.db.models.functions import Lower

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import DeskError, Invalid
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from tickets.imports.arrival import Arrival
from tickets.models import Ticket
from tickets.workflow.open import Question, open_tickets

SAME_CUSTOMER = "customer_email_unique_whatever_the_case"


@dataclass(frozen=True)
class Outcome:
    """What became of one arrival: a ticket, ``is_known`` when an earlier run brought it in, or a refusal."""

    ticket: Ticket | None = None
    is_known: bool = False
    refusal: DeskError | None = None


def import_rows(arrivals: Sequence[Arrival], *, greeting: bool = True, by: User, at: datetime) -> list[Outcome]:
    """Open a ticket for each arrival whose ``source`` is new; one outcome an arrival, in their order.

    A refused one leaves nothing behind, not even its customer, and the others stay. The customer is found by e-mail
    whatever the case, else added. Bring a few hundred at a time: the caller's transaction is what an interrupt loses.
    """
    current_act(by)
    found = Ticket.objects.filter(source__in={arrival.source for arrival in arrivals})
    known = set(found.values_list("source", flat=True))
    outcomes: dict[int, Outcome] = {}
    while waiting := [number for number in range(len(arrivals)) if number not in outcomes]:
        turn: dict[str, int] = {}  # the first of each source: what becomes of it decides about the others
        for number in waiting:
            if arrivals[number].source in known:
                outcomes[number] = Outcome(is_known=True)
            else:
                turn.setdefault(arrivals[number].source, number)
        told = _import([arrivals[number] for number in turn.values()], greeting=greeting, by=by, at=at)
        outcomes.update(zip(turn.values(), told, strict=True))
        known.update(source for source, outcome in zip(turn, told, strict=True) if not outcome.refusal)
    return [outcomes[number] for number in range(len(arrivals))]


def _import(arrivals: Sequence[Arrival], *, greeting: bool, by: User, at: datetime) -> list[Outcome]:
    """All at once; when one cannot be opened, each half by itself, until it stands alone with its refusal."""
    if not arrivals:
        return []
    try:
        with transaction.atomic():
            return [Outcome(ticket) for ticket in _open(arrivals, greeting, by, at)]
    except (DeskError, IntegrityError, DataError, ValueError) as error:
        if len(arrivals) == 1:
            return [_alone(arrivals[0], error, greeting=greeting, by=by, at=at)]
    middle = len(arrivals) // 2
    return [
        outcome
        for half in (arrivals[:middle], arrivals[middle:])
        for outcome in _import(half, greeting=greeting, by=by, at=at)
    ]


def _open(arrivals: Sequence[Arrival], greeting: bool, by: User, at: datetime) -> list[Ticket]:
    customers = _customers(arrivals)
    questions = [
        Question(
            customer=customers[arrival.email.lower()],
            subject=arrival.subject,
            description=arrival.description,
            category=arrival.category,
            severity=arrival.severity,
            channel=arrival.channel,
            language=arrival.language,
            source=arrival.source,
        )
        for arrival in arrivals
    ]
    return open_tickets(questions, greeting=greeting, by=by, at=at)


def _customers(arrivals: Sequence[Arrival]) -> dict[str, Customer]:
    """By e-mail in lower case: those that are known, and new ones for the others."""
    first = {arrival.email.lower(): arrival for arrival in reversed(arrivals)}  # of each address
    found = Customer.objects.annotate(address=Lower("email")).filter(address__in=first)
    known = {customer.email.lower(): customer for customer in found}
    added = {
        address: Customer(name=arrival.name, email=arrival.email, language=arrival.language or Language.ENGLISH)
        for address, arrival in sorted(
            first.items(), key=itemgetter(0)
        )  # two imports at once wait for each other in one order only
        if address not in known
    }
    Customer.objects.bulk_create(added.values())
    return known | added


def _alone(arrival: Arrival, error: Exception, *, greeting: bool, by: User, at: datetime) -> Outcome:
    """What a row is told that cannot come in."""
    if isinstance(error, DeskError):
        return Outcome(refusal=error)
    if isinstance(error, IntegrityError):  # another import brought in the same ticket or customer meanwhile
        if Ticket.objects.filter(source=arrival.source).exists():
            return Outcome(is_known=True)
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") == SAME_CUSTOMER:
            return _import([arrival], greeting=greeting, by=by, at=at)[0]
        raise error
    return Outcome(refusal=Invalid(f"PostgreSQL cannot store it: {error}.", field="row", code="unstorable"))
