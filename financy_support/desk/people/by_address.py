"""Who writes from an address that nobody has proven: the customer who has it, or a new one."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from financy_support.desk.errors import Conflict
from financy_support.desk.people.address import require_address
from financy_support.desk.people.customer import Customer
from financy_support.desk.wording import require_words

LONGEST_NAME = 200


def customer_by_address(email: str, *, name: str, language: str) -> Customer:
    """The customer with this address; a new one is added by ``name`` and ``language``, nothing of a known one changes.

    Raises Invalid naming the field, Conflict for an erased customer.
    """
    email = require_address(email)
    found = Customer.objects.filter(email__iexact=email).first()
    if found is None:
        name = require_words(name, field="name", longest=LONGEST_NAME)
        try:
            with transaction.atomic():
                return Customer.objects.create(email=email, name=name, language=language)
        except IntegrityError:  # they wrote twice in one moment
            found = Customer.objects.get(email__iexact=email)
    if found.erased_at:
        raise Conflict("Nobody can be answered at this address. Give another one.", field="email", code="erased")
    return found
