"""register_organisation: a firm that several customers belong to."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.people.customer_values import require_name
from financy_support.desk.people.in_hand import refusing_taken, require_writer
from financy_support.desk.people.organisation import Organisation
from financy_support.desk.people.user import User


def register_organisation(*, name: str, shares_tickets: bool = False, by: User, at: datetime) -> Organisation:
    """Register a firm; with ``shares_tickets`` its people see the public side of each other's tickets.

    For agents, administrators and tools with ``customers:write``.
    Raises NotAllowed, Invalid, Conflict when the name is taken.
    """
    require_writer(by, "registers organisations")
    organisation = Organisation(name=require_name(name), shares_tickets=shares_tickets)
    with refusing_taken():
        organisation.save(force_insert=True)
    return organisation
