"""import_rows: a batch of imported questions, each opened by the same verb as any other, or refused with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DataError, IntegrityError, transaction
from django.db.models.functions import Lower

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import DeskError, Invalid
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from tickets.imports.arrival import Arrival
from tickets.models import Ticket
from tickets.workflow.open import open_ticket


@dataclass(frozen=True)
class Outcome:
    """What became of one arrival: a ticket, ``is_known`` when an earlier run brought it in, or a refusal."""

    ticket: Ticket | None = None
    is_known: bool = False
    refusal: DeskError | None = None


def import_rows(arrivals: Sequence[Arrival], *, greeting: bool = True, by: User, at: datetime) -> list[Outcome]:
    """Open a ticket for each arrival whose ``source`` is new; one outcome an arrival, in their order.

    Each row has a savepoint: a refused one leaves nothing behind, not even its customer, and the others stay. The
    customer is found by e-mail whatever the case, else added. Bring a few hundred at a time: the caller's transaction
    is what an interrupt loses.
    """
    current_act(by)
    sources = {arrival.source for arrival in arrivals}
    known = set(Ticket.objects.filter(source__in=sources).values_list("source", flat=True))
    customers = _known_customers(arrival.email for arrival in arrivals)
    outcomes = []
    for arrival in arrivals:
        if arrival.source in known:
            outcomes.append(Outcome(is_known=True))
            continue
        outcome = _import_one(arrival, customers, greeting=greeting, by=by, at=at)
        if outcome.ticket:
            known.add(arrival.source)
            customers[arrival.email.lower()] = outcome.ticket.customer
        outcomes.append(outcome)
    return outcomes


def _known_customers(emails: Iterable[str]) -> dict[str, Customer]:
    wanted = {email.lower() for email in emails}
    found = Customer.objects.annotate(address=Lower("email")).filter(address__in=wanted)
    return {customer.email.lower(): customer for customer in found}


def _import_one(arrival: Arrival, customers: dict[str, Customer], *, greeting: bool, by: User, at: datetime) -> Outcome:
    try:
        with transaction.atomic():
            return Outcome(_open(arrival, customers, greeting, by, at))
    except DeskError as refusal:
        return Outcome(refusal=refusal)
    except IntegrityError:  # another import brought in the same ticket or customer meanwhile
        if Ticket.objects.filter(source=arrival.source).exists():
            return Outcome(is_known=True)
        meanwhile = _known_customers([arrival.email])
        if meanwhile.keys() <= customers.keys():
            raise
        customers.update(meanwhile)
        return _import_one(arrival, customers, greeting=greeting, by=by, at=at)
    except (DataError, ValueError) as error:
        return Outcome(refusal=Invalid(f"PostgreSQL cannot store it: {error}.", field="row", code="unstorable"))


def _open(arrival: Arrival, customers: dict[str, Customer], greeting: bool, by: User, at: datetime) -> Ticket:
    customer = customers.get(arrival.email.lower()) or Customer.objects.create(
        name=arrival.name, email=arrival.email, language=arrival.language or Language.ENGLISH
    )
    return open_ticket(
        customer=customer,
        subject=arrival.subject,
        description=arrival.description,
        category=arrival.category,
        severity=arrival.severity,
        channel=arrival.channel,
        language=arrival.language,
        source=arrival.source,
        greeting=greeting,
        by=by,
        at=at,
    )
