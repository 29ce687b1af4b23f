"""change_organisation: another name, or whether its people see each other's tickets."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict, Unpack

from financy_support.desk.people.customer_values import require_name
from financy_support.desk.people.in_hand import put_back, require_writer, take
from financy_support.desk.people.organisation import Organisation
from financy_support.desk.people.user import User


class OrganisationValues(TypedDict, total=False):
    """What the verb may set; what is left out stays."""

    name: str
    shares_tickets: bool


def change_organisation(
    organisation: Organisation, *, by: User, at: datetime, **values: Unpack[OrganisationValues]
) -> Organisation:
    """Set what is given; nothing is written when nothing differs. From the next request on, sharing holds or ends.

    For agents, administrators and tools with ``customers:write``.
    Raises NotFound, NotAllowed, Invalid, Conflict when the name is taken.
    """
    taken = take(organisation, by=by)
    require_writer(by, "changes organisations")
    if "name" in values:
        values["name"] = require_name(values["name"])
    return put_back(taken, values)
