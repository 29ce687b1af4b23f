"""log_call: a phone call becomes part of the conversation, and keeps or starts what calls keep and start."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from communications.words import duration_in, words
from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.user import User, UserKind
from financy_support.desk.wording import require_words
from tickets.in_hand import InHand, put_back, take_ticket
from tickets.models import DeadlineKind, Direction, PhoneCall, Reply, Status, Ticket, Voice
from tickets.news import TicketNews, tell
from tickets.promises import Promise
from tickets.reply_guard import Doubt, doubts_about, knowingly
from tickets.workflow.assign import why_unfit
from tickets.workflow.hold import let_go
from tickets.workflow.open import LONGEST_BODY
from tickets.workflow.reopen import CYCLE
from tickets.workflow.reply import keep_response_promises

PHONE = "phone_support"
LONGEST_CALL = timedelta(hours=24)
NUMBER = re.compile(r"\+?[0-9][0-9 ()./-]{2,28}")


def log_call(
    ticket: Ticket,
    *,
    direction: str,
    number: str = "",
    is_answered: bool,
    duration: timedelta = timedelta(),
    notes: str = "",
    is_public: bool = True,
    agent: User | None = None,
    source: str | None = None,
    confirm: Collection[str] = (),
    by: User,
    at: datetime,
) -> PhoneCall:
    """Log a call. An answered one with notes is a public reply of the channel phone, any other one an internal note.

    ``agent`` is who spoke, when ``by`` is the phone system; ``source`` its own id of the call. A call in which an agent
    spoke keeps the response promises (design §8, 14 and 15); one of the customer's ends a hold that waited for them.
    Calling back at all keeps the call-back promise; a call of theirs that nobody answered starts it.
    Public notes are words to the customer: what is doubtful about them is asked about, as in a reply; a phone
    system cannot be asked, so its doubtful notes become internal.
    Raises Invalid naming the field, NeedsConfirmation, Conflict on a closed ticket or when ``source`` is of a call that
    ``by`` may not see, NotAllowed for customers, NotFound.
    """
    known = known_call(source, by=by)
    if known:
        return known
    call = PhoneCall(
        direction=direction,
        number=number.strip(),
        is_answered=is_answered,
        duration=duration,
        notes=notes,
        source=source,
        created_at=at,
        by=by,
    )
    refuse_nonsense(call)
    hand = take_ticket(ticket, by=by)
    said = {"notes": call.notes} if is_public and call.is_answered and call.notes else {}
    if by.kind == UserKind.TOOL:
        doubts = {one.code for one in doubts_about(hand.ticket, words=said, seen=0)} - {Doubt.UNSEEN.value}
        is_public = is_public and not doubts
        said = {}
    with knowingly(hand.ticket, words=said, is_answer=False, confirm=confirm, by=by):
        return put_on(hand, call, agent=agent or (by if by.is_agent else None), is_public=is_public, by=by, at=at)


def known_call(source: str | None, *, by: User) -> PhoneCall | None:
    """The call that was logged before under this id of the phone system.

    Raises Conflict when it stands on a ticket that ``by`` may not see.
    """
    known = PhoneCall.objects.filter(source=source).first() if source else None
    if known is None or known.by_id == by.pk:
        return known
    if known.ticket_id and not Ticket.objects.visible_to(by).filter(pk=known.ticket_id).exists():
        raise Conflict("Another call has this id. Give each its own.", field="source", code="taken")
    return known


def refuse_nonsense(call: PhoneCall) -> None:
    """Raise Invalid for what no call can be."""
    if call.direction not in Direction.values:
        raise Invalid(f"{call.direction!r} is no direction. Use inbound or outbound.", field="direction")
    if call.number and not NUMBER.fullmatch(call.number):
        raise Invalid("A phone number has digits, spaces and a leading +. Leave it out when unknown.", field="number")
    if not timedelta() <= call.duration <= LONGEST_CALL:
        raise Invalid("A call lasts from 0 seconds to 24 hours.", field="duration")
    if not call.is_answered and call.duration:
        raise Invalid("A call that nobody answered has no duration. Leave it out.", field="duration")
    if call.notes:
        call.notes = require_words(call.notes, field="notes", longest=LONGEST_BODY - 200)


def put_on(hand: InHand, call: PhoneCall, *, agent: User | None, is_public: bool, by: User, at: datetime) -> PhoneCall:
    """Put a call on a ticket in hand."""
    ticket = hand.ticket
    if ticket.status == Status.CLOSED:
        raise Conflict(f"{ticket.reference} is closed. Open a new ticket and log the call there.", code="closed")
    call.ticket = ticket
    call.reply = Reply.objects.create(
        ticket=ticket,
        voice=Voice.AGENT,
        author=by,
        is_internal=not (is_public and call.is_answered and call.notes and agent),
        channel=PHONE,
        body=_told(call),
        created_at=at,
    )
    call.save()
    _hear(hand, call, agent, at)
    put_back(hand, "last_word_by", "last_word_at", "status", "hold_reason", "assignee", "first_responded_at", *CYCLE)
    if not call.reply.is_internal:
        tell(TicketNews.REPLIED, ticket, voice=str(Voice.AGENT), by=by, at=at)
    return call


def _told(call: PhoneCall) -> str:
    how = f"answered, {duration_in(call.duration, 'en')}" if call.is_answered else "not answered"
    number = f" {call.number}" if call.number else ""
    said = f"Phone call ({call.direction}{number}): {how}."
    return f"{said}\n\n{call.notes}" if call.notes else said


def _hear(hand: InHand, call: PhoneCall, agent: User | None, at: datetime) -> None:
    ticket = hand.ticket
    if call.direction == Direction.OUTBOUND or call.is_answered:
        for deadline in hand.owed(DeadlineKind.CALL_BACK):
            deadline.meet(at)
    elif ticket.is_live:
        hand.start(call_back_promises(), at)
    if not call.is_answered:
        return
    if ticket.status == Status.ON_HOLD and ticket.hold_reason == "customer" and call.direction == Direction.INBOUND:
        let_go(hand, at)
    if agent is None:
        return
    keep_response_promises(hand, agent, at)
    ticket.last_word_by, ticket.last_word_at = Voice.AGENT, at
    if ticket.is_live:
        if ticket.assignee is None and not why_unfit(ticket, agent):
            ticket.assignee = agent
        if ticket.status == Status.NEW:
            ticket.status = Status.OPEN


def call_back_promises() -> list[Promise]:
    """To call back, within the phone's own time and hours; nothing when the desk promises none (design §8, 15)."""
    phone = words().channels.get(PHONE)
    if phone is None or not phone.call_back_within:
        return []
    return [
        Promise(
            DeadlineKind.CALL_BACK, phone.call_back_within, f"channel {phone.code}, call back", calendar=phone.calendar
        )
    ]
