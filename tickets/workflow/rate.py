"""rate_ticket: the customer's score for one cycle, once."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from financy_support.desk.people.user import SystemActor, User, UserKind
from tickets.in_hand import take_ticket
from tickets.models import Resolution, SatisfactionRating, Ticket
from tickets.news import TicketNews, tell

LONGEST_COMMENT = 5000


def rate_ticket(
    ticket: Ticket, *, score: int, comment: str = "", cycle: int | None = None, by: User, at: datetime
) -> SatisfactionRating:
    """Keep what the customer thinks of a resolved cycle, the latest when ``cycle`` is left out.

    ``by`` is the customer, or the public visitor whose survey link the door has read. Raises NotAllowed for anybody
    else, Invalid for a score outside 1 to 5 or too long a comment, Conflict when the cycle is not resolved or rated
    already. Source: handbook 'customer_satisfaction', reliability T2 (single use).
    """
    if isinstance(score, bool) or score not in range(1, 6):
        raise Invalid("Give a score from 1 (poor) to 5 (very good).", field="score")
    comment = comment.replace("\x00", "").strip()
    if len(comment) > LONGEST_COMMENT:
        raise Invalid(f"The comment has {len(comment):,} characters; {LONGEST_COMMENT:,} is the most.", field="comment")
    if by.kind != UserKind.CUSTOMER and by.pk != SystemActor.PUBLIC:
        raise NotAllowed("Only the customer rates how they were helped.")
    ticket = take_ticket(ticket, by=by, staff_only=False).ticket
    resolved = Resolution.objects.filter(ticket=ticket).order_by("-cycle")
    found = resolved.filter(cycle=cycle).first() if cycle else resolved.first()
    if found is None:
        raise Conflict(f"{ticket.reference} is not resolved yet: rate it when it is.", code="not_resolved")
    if SatisfactionRating.objects.filter(ticket=ticket, cycle=found.cycle).exists():
        raise Conflict("This was rated already. Thank you; once is enough.", code="already_rated")
    tell(TicketNews.RATED, ticket, score=score, by=by, at=at)
    return SatisfactionRating.objects.create(
        ticket=ticket, cycle=found.cycle, score=score, comment=comment, channel=current_act(by).channel,
        created_at=at, by=by,
    )  # fmt: skip
