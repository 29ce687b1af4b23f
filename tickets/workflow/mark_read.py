"""mark_read: one side has read the conversation up to here."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Invalid
from financy_support.desk.people.user import User
from tickets.chat import be_here, side_of
from tickets.in_hand import take_ticket
from tickets.models import ChatDeadline, ReadMark, Reply, Ticket, Voice
from tickets.workflow.mail_unread import unread_lines


def mark_read(ticket: Ticket, *, up_to: int, by: User, at: datetime) -> ReadMark:
    """Note that the side of ``by`` has read every public word up to the reply ``up_to``; it never moves back.

    When a customer has read all that was said in the chat, nothing is left to send by mail.
    Raises Invalid when ``up_to`` is no public reply of this ticket, NotAllowed for tools and editors, NotFound.
    """
    voice = side_of(by)
    ticket = take_ticket(ticket, by=by, staff_only=False).ticket
    if not Reply.objects.filter(pk=up_to, ticket=ticket, is_internal=False).exists():
        raise Invalid("Name the id of a public reply of this ticket.", field="up_to", code="unknown")
    mark = ReadMark.objects.filter(ticket=ticket, voice=voice).first()
    if mark is None:
        mark = ReadMark.objects.create(ticket=ticket, voice=voice, up_to=up_to, at=at, by=by)
    elif mark.up_to < up_to:
        mark.up_to, mark.at, mark.by = up_to, at, by
        mark.save(update_fields=["up_to", "at", "by"])
    if voice == Voice.CUSTOMER:
        be_here(ticket, by=by, at=at)
        _keep_promise(ticket, at)
    return mark


def _keep_promise(ticket: Ticket, at: datetime) -> None:
    for deadline in ChatDeadline.objects.open().filter(ticket=ticket):
        if not unread_lines(deadline):
            deadline.meet(at)
            deadline.save(update_fields=["met_at", "breached_at", "next_look_at", "retry_at"])
