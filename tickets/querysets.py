"""The adjectives of tickets: whose they are to see, open, waiting, overdue, found by words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from financy_support.desk.people.customer import Customer
from financy_support.desk.people.team import TeamMembership
from financy_support.desk.people.user import User, UserKind
from financy_support.desk.statement import Given

if TYPE_CHECKING:
    from tickets.models.ticket import Ticket  # noqa: F401  named by the base class below

RARE = 1_000  # replies; words that stand in more of them count as frequent
LIVE_STATUSES = ("new", "open", "on_hold")

# What a row of a ticket names beside its own columns.
NAMES = {
    "category": "SELECT code FROM tickets_category WHERE id = tickets_ticket.category_id",
    "issue_type": "SELECT code FROM tickets_issuetype WHERE id = tickets_ticket.issue_type_id",
    "team": "SELECT slug FROM desk_team WHERE id = tickets_ticket.team_id",
    "assignee_name": "SELECT name FROM desk_user WHERE id = tickets_ticket.assignee_id",
    "assignee_email": "SELECT email FROM desk_user WHERE id = tickets_ticket.assignee_id",
    "opened_by": "SELECT email FROM desk_user WHERE id = tickets_ticket.opened_by_id",
    "customer_name": "SELECT name FROM desk_customer WHERE id = tickets_ticket.customer_id",
    "customer_email": "SELECT email FROM desk_customer WHERE id = tickets_ticket.customer_id",
    "question": "SELECT left(body, 1000) FROM tickets_reply"
    " WHERE ticket_id = tickets_ticket.id AND is_opening ORDER BY id LIMIT 1",
}


class Sight(StrEnum):
    """Which rule decides what somebody sees."""

    EVERYTHING = auto()
    AGENT = auto()
    OWN = auto()
    SHARED = auto()
    VISITOR = auto()
    TOOL = auto()
    NOTHING = auto()


@dataclass(frozen=True)
class Reach:
    """How far somebody sees: by which rule, and the ids that it is filled with.

    Of everybody with the same ``sight`` the SQL is the same: :meth:`places` is written once, ``ids`` fill it.
    """

    sight: Sight
    person: Any = 0
    tier: Any = 0
    customer: Any = 0
    organisation: Any = 0

    @property
    def ids(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in REACH_IDS}

    @classmethod
    def places(cls, sight: Sight) -> Self:
        return cls(sight, **{name: Given(name) for name in REACH_IDS})


REACH_IDS = ("person", "tier", "customer", "organisation")


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Which tickets."""

    def visible_to(self, actor: Any) -> Self:
        """The one scope of tickets, used by API, admin, search and downloads (design §3 'Access').

        Customers: their own, and their organisation's where it shares, security tickets of others excepted. Agents:
        their tier and below, their teams', what is assigned to them and what they escalated; security tickets only the
        security teams and the assignee. Administrators all. Tools what their token's scopes name. Editors none.
        ``actor`` is a person, or the :class:`Reach` of one.
        """
        reach = actor if isinstance(actor, Reach) else reach_of(actor)
        match reach.sight:
            case Sight.EVERYTHING:
                return self
            case Sight.AGENT:
                return self.filter(_agent_sees(reach))
            case Sight.OWN:
                return self.filter(customer=reach.customer)
            case Sight.SHARED:  # by plain ids, so that a page follows the index and shows each ticket once
                colleagues = Customer.objects.filter(organisation=reach.organisation).values("pk")
                return self.filter(Q(is_security=False) | Q(customer=reach.customer), customer__in=colleagues)
            case Sight.VISITOR:  # a chat without a log-in: what they opened themselves, by the index of the customer
                return self.filter(customer__chat_visitors__person=reach.person, opened_by=reach.person)
            case Sight.TOOL:
                return self.filter(is_security=False)
        return self.none()

    def live(self) -> Self:
        """Not resolved yet."""
        return self.filter(status__in=LIVE_STATUSES)

    def overdue(self, at: datetime) -> Self:
        """Live, and the next promise falls due by ``at``: late now, or late by a moment to come."""
        return self.live().filter(next_due_at__lte=at)

    def waiting_on_customer(self) -> Self:
        return self.filter(status="on_hold", hold_reason="customer")

    def owing_an_update(self) -> Self:
        """A promised progress update is late, and the desk has begun it."""
        begun = apps.get_model("tickets", "UpdateDraft").objects.filter(done_at__isnull=True)
        return self.filter(pk__in=begun.values("ticket_id"))

    def to_follow_up(self) -> Self:
        """Something is owed to the customer after the resolution."""
        owed = apps.get_model("tickets", "FollowUp").objects.filter(done_at__isnull=True)
        return self.filter(pk__in=owed.values("ticket_id"))

    def without_visitors(self) -> Self:
        """Not opened by a visitor in the chat, who gave somebody's address and did not show that it is theirs."""
        return self.exclude(opened_by__in=apps.get_model("tickets", "ChatVisitor").objects.values("person"))

    def unassigned(self) -> Self:
        return self.filter(assignee__isnull=True)

    def update_in_queue(self, **columns: Any) -> int:
        """Set ``columns`` of many tickets and, in the same statement, their queue columns from their open deadlines."""
        owed = (
            apps.get_model("tickets", "TicketDeadline")
            .objects.open()
            .filter(ticket=OuterRef("pk"), due_at__isnull=False)
            .order_by("due_at", "id")
        )
        return self.update(
            **columns,
            next_due_at=Subquery(owed.values("due_at")[:1]),
            next_warn_at=Subquery(owed.values("warn_at")[:1]),
            next_due_kind=Coalesce(Subquery(owed.values("kind")[:1]), Value("")),
            version=F("version") + 1,
        )

    def with_names(self) -> Self:
        """Adds ``names``: the words of :data:`NAMES` for each ticket, for pages of plain rows.

        Each is a look-up by key for the rows of the page alone; as joins PostgreSQL would weigh the order of all of
        them for longer than the whole page takes (46 ms of planning, measured).
        """
        words = ", ".join(f"({sql})" for sql in NAMES.values())
        array = RawSQL(f"ARRAY[{words}]", [], ArrayField(models.TextField()))  # holds no value of anybody's
        return self.annotate(names=array)

    def saying(self, words: str, *, by_staff: bool) -> Self:
        """Tickets with all of ``words`` in one reply; customers' searches do not reach internal notes.

        Rare words are looked up at once (one statement), since PostgreSQL guesses badly how many replies hold a word
        it has no statistics of, and would walk the whole table for one hit. Frequent ones stay a subquery: the newest
        tickets hold them, so a page is full after a few steps.
        """
        reply = apps.get_model("tickets", "Reply").objects.filter(
            words=SearchQuery(words, config="simple", search_type="websearch")
        )
        if not by_staff:
            reply = reply.filter(is_internal=False)
        holders = reply.order_by().values_list("ticket_id", flat=True)
        few = list(holders[: RARE + 1])
        return self.filter(pk__in=set(few) if len(few) <= RARE else holders)


def reach_of(actor: Any) -> Reach:
    """How far ``actor`` sees; the rules stand at :meth:`TicketQuerySet.visible_to`."""
    if not isinstance(actor, User) or not actor.is_active:
        return Reach(Sight.NOTHING)
    if actor.is_superuser:
        return Reach(Sight.EVERYTHING)
    if actor.kind == UserKind.AGENT:
        return Reach(Sight.AGENT, person=actor.pk, tier=actor.tier_id or 0)
    if actor.kind == UserKind.TOOL and "tickets:read" in actor.scopes:
        return Reach(Sight.TOOL)
    customer = getattr(actor, "customer", None)
    if actor.kind != UserKind.CUSTOMER:
        return Reach(Sight.NOTHING)
    if customer is None:
        return Reach(Sight.VISITOR, person=actor.pk)
    shares = customer.organisation is not None and customer.organisation.shares_tickets
    sight = Sight.SHARED if shares else Sight.OWN
    return Reach(sight, customer=customer.pk, organisation=customer.organisation_id or 0)


def _agent_sees(reach: Reach) -> Q:
    escalated = apps.get_model("tickets", "Escalation").objects.filter(ticket=OuterRef("pk"), by=reach.person)
    memberships = TeamMembership.objects.filter(person=reach.person)
    in_reach = Q(tier__lte=reach.tier) | Q(team__in=memberships.values("team_id")) | Exists(escalated)
    trusted = Exists(memberships.filter(team__is_security=True))
    return (Q(is_security=False) & in_reach) | (Q(is_security=True) & trusted) | Q(assignee=reach.person)
