"""register_customer: somebody who asks becomes known to the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from financy_support.desk.people.customer import Customer
from financy_support.desk.people.customer_values import CustomerDetails, checked
from financy_support.desk.people.in_hand import refusing_taken, require_writer
from financy_support.desk.people.user import User
from financy_support.desk.people.workflow.change_customer import require_right


def register_customer(*, name: str, email: str, by: User, at: datetime, **details: Unpack[CustomerDetails]) -> Customer:
    """Register a customer; what is left out is as for anybody new: English, São Paulo's hours, by e-mail.

    For agents, administrators and tools with ``customers:write``; connecting a log-in is for administrators.
    Raises NotAllowed; Invalid naming each refused field; Conflict when the e-mail is taken, whatever its case.
    """
    require_writer(by, "registers customers")
    require_right(details, by=by)
    customer = Customer(**checked({"name": name, "email": email, **details}))
    with refusing_taken():
        customer.save(force_insert=True)
    return customer
