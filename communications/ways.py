"""By which way a draft leaves: channel, address and gate, and why this one; a pure choice from the rows in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from communications.channels import CHANNELS
from communications.models import Destination
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User

if TYPE_CHECKING:
    from communications.send import Draft
    from communications.words import Words

EMAIL = "email_support"
PAGES = ("call", "sms")  # kinds that reach a phone
IN_APP = "in_app"  # only the verb that speaks knows whether the customer is there to read it


@dataclass(frozen=True)
class Way:
    """``channel`` is a channel's code, or a destination's kind; ``closed`` says why nothing can leave by it now."""

    channel: str
    kind: str
    address: str
    gate: str
    reason: str = ""
    closed: str = ""


def way_of(draft: Draft, wording: Words) -> Way:
    """The way to a destination is its own; staff are written to; a customer's own wish is heard first."""
    if isinstance(draft.to, Destination):
        return _to_destination(draft.to)
    if isinstance(draft.to, User):
        return _to_staff(draft.to, draft)
    if draft.channel:
        kind = wording.channels[draft.channel].kind
        return Way(draft.channel, kind, draft.to.email, kind, draft.channel_reason)
    return _to_customer(draft.to, draft.language, wording)


def _to_staff(person: User, draft: Draft) -> Way:
    """By mail, or by phone or text where whoever pages them says so."""
    closed = "" if person.is_active else f"{person.email} is not active any more."
    if draft.channel not in PAGES:
        return Way(EMAIL, "email", person.email, "email", "Staff are written to.", closed)
    if not closed and not person.phone:
        closed = f"{person.email} has no phone number: add it to their log-in."
    return Way(draft.channel, draft.channel, person.phone, draft.channel, draft.channel_reason, closed)


def _to_destination(destination: Destination) -> Way:
    kind, closed = destination.kind, ""
    if not destination.is_active:
        closed = f"The destination “{destination}” is not in use."
    elif not destination.account.is_active:
        closed = f"The account “{destination.account}” is not in use."
    elif kind not in CHANNELS:
        closed = f"The desk has no line of the kind “{kind}”."
    return Way(
        kind,
        kind,
        destination.address,
        f"{kind}:{destination.pk}",
        f"The destination “{destination}” is there.",
        closed,
    )


def _to_customer(customer: Customer, language: str, wording: Words) -> Way:
    """The preferred channel where the desk can write there in that language, else e-mail."""
    preferred = wording.channels.get(customer.preferred_channel)
    if preferred and preferred.kind in CHANNELS and preferred.kind != IN_APP and preferred.speaks(language):
        return Way(preferred.code, preferred.kind, customer.email, preferred.kind)
    return Way(EMAIL, "email", customer.email, "email")
