"""By which way a draft leaves: channel, address and gate, and why this one; a pure choice from the rows in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from communications.channels import CHANNELS
from communications.models import Availability, Channel, Destination, Priority, QuietHours
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User

if TYPE_CHECKING:
    from communications.send import Draft
    from communications.words import Words

EMAIL = "email_support"
PAGES = ("call", "sms")  # kinds that reach a phone
IN_APP = "in_app"  # only the verb that speaks knows whether the customer is there to read it
WITHOUT_ACCOUNT = frozenset({"email", IN_APP})
BY_NUMBER = frozenset({"call", "phone", "sms"})


@dataclass(frozen=True)
class Way:
    """``channel`` is a channel's code, or a destination's kind; ``closed`` says why nothing can leave by it now."""

    channel: str
    kind: str
    address: str
    gate: str
    reason: str = ""
    closed: str = ""


def way_of(draft: Draft, wording: Words, at: datetime) -> Way:
    """The way to a destination is its own; staff are written to; a customer's own wish is heard first.

    Who knows where the customer is (the chat) names the channel in the draft. The reason is a sentence for staff.
    """
    if isinstance(draft.to, Destination):
        return _to_destination(draft.to)
    if isinstance(draft.to, User):
        return _to_staff(draft.to, draft)
    if draft.channel:
        kind = wording.channels[draft.channel].kind
        return Way(draft.channel, kind, _address_of(draft.to, kind), kind, draft.channel_reason)
    return _to_customer(draft.to, draft.language, wording, at)


def quiet_until(
    quiet: QuietHours | None, to: Customer | User | Destination, urgency: int, at: datetime
) -> tuple[datetime, str]:
    """When it may leave, and why not at once: customers have quiet hours for what can wait; who is paged has none."""
    if quiet is None or urgency == Priority.URGENT or not isinstance(to, Customer):
        return at, ""
    ends = quiet.end_after(at, to.time_zone)
    if ends is None:
        return at, ""
    return ends, f"Quiet hours ({quiet}, {to.time_zone}); it is not urgent."


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


def _to_customer(customer: Customer, language: str, wording: Words, at: datetime) -> Way:
    """The preferred channel where language and hours allow, else the next best; the reason says why."""
    preferred = wording.channels.get(customer.preferred_channel)
    if preferred is None:
        why_not = f"No channel is called “{customer.preferred_channel}”."
    else:
        why_not = _why_not(preferred, customer, language, wording, at)
        if not why_not:
            return _way_by(preferred, customer, f"{customer} prefers it.")
        why_not = f"{customer} prefers {preferred}, but {why_not}."
    for channel in sorted(wording.channels.values(), key=lambda one: (one.fallback_rank or 0, one.code)):
        if channel.fallback_rank and channel != preferred and not _why_not(channel, customer, language, wording, at):
            return _way_by(channel, customer, f"{why_not} {channel} is the next best.")
    return Way(EMAIL, "email", customer.email, "email", f"{why_not} No other channel can be used either: mail is left.")


def _why_not(channel: Channel, customer: Customer, language: str, wording: Words, at: datetime) -> str:
    """Why nothing can be said to ``customer`` by ``channel`` at ``at``; empty when it can."""
    if channel.kind == IN_APP:
        return "nobody has seen them in the chat"
    if channel.availability == Availability.BY_APPOINTMENT:
        return "that is by appointment only"
    if channel.kind not in CHANNELS:
        return f"the desk has no line of the kind “{channel.kind}”"
    if channel.kind not in WITHOUT_ACCOUNT and channel.kind not in wording.accounts:
        return f"no account of the kind “{channel.kind}” is in use"
    if not channel.speaks(language):
        return f"{Language(language).label} is not spoken there"
    if not _address_of(customer, channel.kind):
        return "no address of theirs is known there"
    if channel.calendar and not channel.calendar.working_hours().is_open(at):
        return f"it is closed now ({channel.calendar})"
    return ""


def _way_by(channel: Channel, customer: Customer, reason: str) -> Way:
    return Way(channel.code, channel.kind, _address_of(customer, channel.kind), channel.kind, reason[:300])


def _address_of(customer: Customer, kind: str) -> str:
    return customer.phone if kind in BY_NUMBER else customer.email
