"""reply_to_ticket: say it, and keep or start the promises that words keep or start."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from communications.words import words
from financy_support.desk.errors import Conflict, NotAllowed
from financy_support.desk.people.user import User, UserKind
from financy_support.desk.wording import require_words
from tickets.chat import customer_is_here
from tickets.files import Upload, attach
from tickets.in_hand import InHand, put_back, take_ticket
from tickets.messages import send_answer
from tickets.models import CHAT, DeadlineKind, Reply, Status, Ticket, Voice
from tickets.news import TicketNews, tell
from tickets.policy import policy
from tickets.promises import response_promise
from tickets.reply_guard import knowingly
from tickets.workflow.assign import why_unfit
from tickets.workflow.hold import let_go
from tickets.workflow.mail_unread import expect_reading
from tickets.workflow.open import LONGEST_BODY
from tickets.workflow.reopen import CYCLE, start_new_cycle


def reply_to_ticket(
    ticket: Ticket,
    *,
    body: str,
    channel: str = "email_support",
    uploads: Sequence[Upload] = (),
    seen: int | None = None,
    confirm: Collection[str] = (),
    facts: Mapping[str, str] | None = None,
    is_by_mail: bool = False,
    by: User,
    at: datetime,
) -> Reply:
    """Add a public reply of the customer or of an agent.

    An agent's reply meets the open response promises (design §8, 14), takes an unassigned ticket and goes out to the
    customer: into their chat while they are in it (and by mail when they leave it unread), else as a message.
    A customer's reply starts the next-response promise unless an answer is already owed, ends a hold that waited for
    them, and reopens a resolved ticket.

    Parameters: ``seen`` and ``confirm`` answer the reply guard (tickets/reply_guard.py); ``facts`` fill what the
    message's template asks for and the desk does not have; ``is_by_mail`` is ``take_in_mail``'s word that the signed
    address let ``by`` take part, be it as a colleague.
    Raises NeedsConfirmation, Unfilled naming missing facts, Conflict on a closed ticket, NotFound, Invalid.
    """
    body = require_words(body, field="body", longest=LONGEST_BODY)
    hand = take_ticket(ticket, by=by, staff_only=False, colleagues=is_by_mail)
    ticket = hand.ticket
    if ticket.status == Status.CLOSED:
        raise Conflict(f"{ticket.reference} is closed. Open a new ticket and name this one.", code="closed")
    if not by.is_agent and by.kind != UserKind.CUSTOMER:
        raise NotAllowed("A tool speaks for nobody: reply as the customer or as an agent, or write a note.")
    voice = Voice.AGENT if by.is_agent else Voice.CUSTOMER
    is_in_chat = voice == Voice.AGENT and ticket.channel == CHAT and customer_is_here(ticket, at)
    channel = CHAT if is_in_chat else channel
    is_taken_up_again = voice == Voice.CUSTOMER and ticket.status == Status.RESOLVED
    with knowingly(ticket, words={"body": body}, facts=facts, seen=seen, confirm=confirm, by=by):
        reply = Reply.objects.create(ticket=ticket, voice=voice, author=by, channel=channel, body=body, created_at=at)
        attach(uploads, reply=reply, by=by, at=at)
        ticket.last_word_by, ticket.last_word_at = voice, at
        if voice == Voice.AGENT:
            _hear_agent(hand, by, at)
            send_answer(ticket, reply, facts=facts, is_in_chat=is_in_chat, by=by, at=at)
            if is_in_chat:
                expect_reading(reply, at=at)
        else:
            _hear_customer(hand, at)
        put_back(
            hand, "last_word_by", "last_word_at", "status", "hold_reason", "assignee", "first_responded_at", *CYCLE
        )
        tell(TicketNews.REPLIED, ticket, voice=str(voice), by=by, at=at)
        if is_taken_up_again:
            tell(TicketNews.REOPENED, ticket, cycle=ticket.cycle, by=by, at=at)
    return reply


def keep_response_promises(hand: InHand, by: User, at: datetime) -> None:
    """A person's public words keep what was promised to the customer; the tier's promise only somebody of the tier."""
    if not by.is_agent:
        return
    for deadline in hand.owed(DeadlineKind.FIRST_RESPONSE, DeadlineKind.NEXT_RESPONSE):
        deadline.meet(at)
    if not why_unfit(hand.ticket, by):
        for deadline in hand.owed(DeadlineKind.TIER_RESPONSE):
            deadline.meet(at)
    hand.ticket.first_responded_at = hand.ticket.first_responded_at or at


def _hear_agent(hand: InHand, by: User, at: datetime) -> None:
    keep_response_promises(hand, by, at)
    ticket = hand.ticket
    if ticket.is_live:
        if ticket.assignee is None and not why_unfit(ticket, by):
            ticket.assignee = by
        if ticket.status == Status.NEW:
            ticket.status = Status.OPEN


def _hear_customer(hand: InHand, at: datetime) -> None:
    ticket = hand.ticket
    if ticket.status == Status.RESOLVED:
        start_new_cycle(hand, at)
        return
    if ticket.status == Status.ON_HOLD and ticket.hold_reason == "customer":
        let_go(hand, at)
    if DeadlineKind.FIRST_RESPONSE not in hand.deadlines:
        channel = words().channels.get(ticket.channel)
        hand.start(
            [
                response_promise(
                    policy(), kind=DeadlineKind.NEXT_RESPONSE, severity=ticket.severity, channel=channel, at=at
                )
            ],
            at,
        )
