"""The log-in in whose name a customer's own words and acts stand; one without a password where they have none yet."""

from __future__ import annotations

from financy_support.desk.errors import Conflict
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User, UserKind


def log_in_of(customer: Customer) -> User:
    """The customer's own User, made when there is none. Raises Conflict when somebody else has their address."""
    if customer.user:
        return customer.user
    if not may_have_log_in(customer):
        raise Conflict("Somebody of the desk has this e-mail: they cannot act as a customer.", code="taken")
    customer.user = User.objects.create_user(
        customer.email,
        name=customer.name,
        kind=UserKind.CUSTOMER,
        language=customer.language,
        time_zone=customer.time_zone,
    )
    customer.save(update_fields=["user"])
    return customer.user


def may_have_log_in(customer: Customer) -> bool:
    """Whether they have an open log-in, or nobody else has their address, so that one can be made."""
    if customer.user:
        return customer.user.is_active
    return not User.objects.filter(email__iexact=customer.email).exists()
