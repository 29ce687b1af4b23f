"""mail_unread: what an agent said in a chat and the customer left unread goes by mail, once, and says why."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.people.user import User
from tickets.chat import customer_is_here
from tickets.messages import say_unread
from tickets.models import CHAT, ChatDeadline, ReadMark, Reply, Ticket, Voice
from tickets.policy import policy

SETTLED = ["cancelled_at", "cancel_reason", "breached_at", "mailed_up_to", "next_look_at", "retry_at"]


def expect_reading(line: Reply, *, at: datetime) -> None:
    """An agent's words stand in an open chat: from now on they are to be read within the time of the rule's row."""
    if not ChatDeadline.objects.open().filter(ticket=line.ticket_id).exists():
        _start(line.ticket, first_line=line.pk, at=at)


def mail_unread(deadline: ChatDeadline, *, by: User, at: datetime) -> None:
    """Send the unread lines by mail in one message; called by the sweeper, which holds the ticket's lock.

    While the customer's page is still open they get the same time again, once: a page that nobody looks at for both is
    as good as left. The deadline's row and the mail commit together, so that no line goes twice.
    """
    ticket, lines = deadline.ticket, unread_lines(deadline)
    if not lines:
        deadline.cancel(at, "nothing is unread")
    elif customer_is_here(ticket, at) and not deadline.is_second:
        deadline.cancel(at, "their page is still open: given the same time again")
    else:
        why = "their page stayed open unread" if deadline.is_second else "the customer left the chat"
        why = f"{why}; unread since {lines[0].created_at:%Y-%m-%d %H:%M:%S} UTC"
        say_unread(ticket, lines, why=why, by=by, at=at)
        deadline.mailed_up_to = lines[-1].pk
        deadline.cancel(at, f"went by mail: {why}"[:200])
    deadline.save(update_fields=SETTLED)
    if lines and deadline.mailed_up_to is None:
        _start(ticket, first_line=lines[0].pk, at=at, is_second=True)


def unread_lines(deadline: ChatDeadline) -> list[Reply]:
    """The agents' words from the deadline's first line on that the customer has not read."""
    read = ReadMark.objects.filter(ticket=deadline.ticket_id, voice=Voice.CUSTOMER).values_list("up_to", flat=True)
    lines = Reply.objects.filter(ticket=deadline.ticket_id, voice=Voice.AGENT, is_internal=False, channel=CHAT)
    after = max(deadline.first_line - 1, next(iter(read), 0))
    return list(lines.filter(pk__gt=after).select_related("author").defer("words").order_by("pk"))


def _start(ticket: Ticket, *, first_line: int, at: datetime, is_second: bool = False) -> None:
    ChatDeadline(
        ticket=ticket,
        kind=ChatDeadline.UNREAD,
        target=policy().chat.mail_unread_after,
        policy_source="chat rule: unread words go by mail",
        warn_percent=100,
        first_line=first_line,
        is_second=is_second,
    ).start(at).save(force_insert=True)
