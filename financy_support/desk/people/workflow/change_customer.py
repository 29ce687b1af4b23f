"""change_customer: who asks, as they are after all; customers themselves say how they like to be answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Unpack

from financy_support.desk.errors import Conflict, NotAllowed, Problem
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.customer_values import CustomerValues, checked
from financy_support.desk.people.in_hand import put_back, take, writes_customers
from financy_support.desk.people.user import User, UserKind

THEIR_OWN = ("language", "time_zone", "preferred_channel")
ADMINISTRATORS = ("email", "user")  # whose mail it is, and who reads along: both decide what somebody gets to see


def change_customer(customer: Customer, *, by: User, at: datetime, **values: Unpack[CustomerValues]) -> Customer:
    """Set what is given; nothing is written when nothing differs. Returns the customer with their new version.

    Agents, administrators and tools with ``customers:write`` change name, phone, organisation, language, time zone and
    preferred channel; administrators also e-mail and log-in; a customer their own language, time zone and channel.
    Tickets under way keep the language they are spoken in.
    Raises NotFound, NotAllowed, Invalid naming each refused field, Conflict when they were erased or a value is taken.
    """
    taken = take(customer, by=by)
    require_right(values, by=by)
    if taken.erased_at is not None:
        detail = "This customer was erased: nothing about them is kept or changed. Register them anew if they are back."
        raise Conflict(detail, code="erased", field="customer")
    return put_back(taken, checked(values))


def require_right(fields: Iterable[str], *, by: User) -> None:
    """Raise NotAllowed naming each of ``fields`` that is not for ``by`` to set."""
    if by.kind == UserKind.CUSTOMER:
        others = [name for name in fields if name not in THEIR_OWN]
        way_out = "You may change your language, time zone and preferred channel; ask the support team for the rest."
    elif writes_customers(by):
        is_trusted = by.is_superuser or by.kind == UserKind.SYSTEM
        others = [] if is_trusted else [name for name in fields if name in ADMINISTRATORS]
        way_out = "Only administrators change a customer's e-mail or log-in. Ask one."
    else:
        others, way_out = [""], "Only the support team changes customers. A tool needs the scope customers:write."
    if others:
        raise NotAllowed(way_out, problems=[Problem(name, "not_allowed", way_out) for name in others if name])
