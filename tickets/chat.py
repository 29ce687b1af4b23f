"""Who is in a chat: leases of presence, whose side somebody is on, and which conversation is theirs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from financy_support.desk.errors import NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User, UserKind
from tickets.models import CHAT, ChatAgent, ChatPresence, ChatVisitor, Status, Ticket, Voice

LEASE = timedelta(seconds=30)  # the live process renews it every ten


def be_here(ticket: Ticket, *, by: User, at: datetime) -> None:
    """Note that ``by`` looks at the conversation: an open stream goes on noting it, a lost one runs out."""
    ChatPresence.objects.bulk_create(
        [ChatPresence(ticket=ticket, person=by, voice=side_of(by), here_until=at + LEASE)],
        update_conflicts=True,
        unique_fields=["ticket", "person"],
        update_fields=["here_until"],
    )


def customer_is_here(ticket: Ticket, at: datetime) -> bool:
    """Whether the customer looks at the conversation at ``at``."""
    return ChatPresence.objects.filter(ticket=ticket, voice=Voice.CUSTOMER, here_until__gt=at).exists()


def side_of(person: User) -> Voice:
    """Whose words theirs are. Raises NotAllowed for tools and editors, who take no side."""
    if person.is_agent:
        return Voice.AGENT
    if person.kind == UserKind.CUSTOMER:
        return Voice.CUSTOMER
    raise NotAllowed("Chats are between customers and agents. Use a log-in of one of them.")


def chatting_customer(person: User) -> Customer:
    """The customer for whom ``person`` chats: themself, or whose address a visitor gave. Raises NotAllowed."""
    if person.kind == UserKind.CUSTOMER:
        customer = getattr(person, "customer", None)
        if customer is not None:
            return customer
        visitor = ChatVisitor.objects.filter(person=person).select_related("customer").first()
        if visitor is not None:
            return visitor.customer
    raise NotAllowed("Only customers ask here. Answer on the ticket: tickets/{reference}/replies/.")


def chat_of(person: User) -> Ticket | None:
    """The conversation that a customer's or visitor's next words join: their newest chat that is not closed.

    What a visitor opened in a customer's name is none of that customer's: the visitor reads along.
    """
    theirs = Ticket.objects.visible_to(person).filter(Q(opened_by=person) | Q(customer__user=person), channel=CHAT)
    theirs = theirs.exclude(~Q(opened_by=person), opened_by__in=ChatVisitor.objects.values("person"))
    return theirs.exclude(status=Status.CLOSED).select_related("customer").order_by("-pk").first()


def is_unproven(ticket: Ticket) -> bool:
    """Whether a visitor opened it, who gave the customer's address and did not show that it is theirs."""
    return ticket.channel == CHAT and ChatVisitor.objects.filter(person=ticket.opened_by_id).exists()


def desk_is_available(at: datetime) -> bool:
    """Whether an agent takes chats at ``at``."""
    return ChatAgent.objects.filter(available_until__gt=at, person__is_active=True).exists()
