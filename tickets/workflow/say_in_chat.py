"""say_in_chat: a customer's line; the first opens a ticket, the next ones are its replies."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.audit.acting import current_act
from financy_support.desk.people.user import User
from financy_support.desk.wording import require_words
from tickets.chat import be_here, chat_of, chatting_customer
from tickets.models import CHAT, Reply, Ticket
from tickets.workflow.open import LONGEST_BODY, open_ticket
from tickets.workflow.reply import reply_to_ticket

LONGEST_TITLE = 80


def say_in_chat(*, body: str, language: str = "", by: User, at: datetime) -> Reply:
    """Add a line of ``by`` to their chat. It is an ordinary public reply, or opens the ticket when none is open.

    ``language`` is that of a new ticket, the customer's when empty. Raises Invalid, NotAllowed for non-customers.
    """
    current_act(by)
    customer = chatting_customer(by)
    body = require_words(body, field="body", longest=LONGEST_BODY)
    ticket = chat_of(by) or _chat_after_waiting(by)
    if ticket is None:
        ticket = open_ticket(
            customer=customer,
            subject=_title(body),
            description=body,
            channel=CHAT,
            language=language,
            is_said_in_chat=True,
            by=by,
            at=at,
        )
        line = ticket.replies.get(is_opening=True)
    else:
        line = reply_to_ticket(ticket, body=body, channel=CHAT, by=by, at=at)
    be_here(ticket, by=by, at=at)
    return line


def _chat_after_waiting(by: User) -> Ticket | None:
    """Two first lines at once open one ticket: the second waits here, and finds it."""
    list(User.objects.filter(pk=by.pk).select_for_update(no_key=True).values_list("pk"))
    return chat_of(by)


def _title(body: str) -> str:
    first = " ".join(body.split())
    return first if len(first) <= LONGEST_TITLE else f"{first[: LONGEST_TITLE - 1]}…"
